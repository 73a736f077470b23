import { Exact } from '../exact'
import { highPairs, lowPairs } from '../pairs'
import { bases, highest, lowest, requantizeEight, rounders, storeBytes } from '../requantize'
import { Step } from '../step'
import { sumTiles } from '../tile'

/** The number of rows whose sums are computed before they are finished: a register tile. */
const ROWS: i32 = 5
/** The number of positions in a panel. */
const PANEL: i32 = 8
/** The bytes of the rows' sums at the start of working memory. Two lines follow, then panels. */
const SUMS_BYTES: usize = 160

/**
 * The same as `exactProduct` of int8, in integers: products of int16 are added in int32, after the host has checked
 * that the sums fit (src/exact/pairs.ts). Panels are [k / 2][8][2], weights are int16 in rows of whole pairs, biases
 * are int32.
 */
export function exactPairsInt8(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<Exact>(step.op)
  const across = (op.positions + op.positionsPerTile - 1) / op.positionsPerTile
  const down = (op.outputs + op.outputsPerTile - 1) / op.outputsPerTile
  const part = tile / across
  const plane = part / down
  const image = plane / op.groups, group = plane % op.groups
  const first = (tile % across) * op.positionsPerTile
  const end = min(op.positions, first + op.positionsPerTile)
  const k = (op.k + 1) & ~1
  const panelBytes = <usize>k << 4
  const panels = scratch + SUMS_BYTES + 2 * lineBytes(op)
  const a = step.a + <usize>(plane * op.channels * op.height * op.width)
  fill(op, a, first, end, scratch + SUMS_BYTES, panels, panelBytes)
  const lda = <usize>k << 1
  const last = min(op.outputs, (part % down + 1) * op.outputsPerTile)
  const y = step.y + <usize>(image * op.groups * op.outputs * op.positions)
  const lo = lowest(step.op), hi = highest(step.op), base = bases(step.op), rounder = rounders()
  for (let row = (part % down) * op.outputsPerTile; row < last; row += ROWS) {
    const output = group * op.outputs + row
    const rows = min(ROWS, last - row)
    for (let at = first, from = panels; at < end; at += PANEL, from += panelBytes) {
      sumTiles<i16>(op.weights + <usize>output * lda, lda, from, k, rows, scratch)
      for (let i = 0; i < rows; i++) {
        const sums = scratch + (<usize>i << 5)
        const bias = v128.load32_splat(op.bias + (<usize>(output + i) << 2))
        const multiplier = v128.load32_splat(op.multiplier + (<usize>(output + i) << 2))
        const low = i32x4.add(v128.load(sums), bias), high = i32x4.add(v128.load(sums, 16), bias)
        const bytes = requantizeEight(low, high, multiplier, multiplier, lo, hi, base, rounder)
        const to = y + <usize>((output + i) * op.outputStep + at * op.positionStep)
        if (op.positionStep == 1) storeBytes(to, bytes, end - at)
        else scatter(to, bytes, min(PANEL, end - at), op.positionStep)
      }
    }
  }
}

/** The bytes of a line: int16 for a tile's positions, and room for a vector past them. */
@inline
function lineBytes(op: Exact): usize {
  return <usize>(op.positionsPerTile + PANEL) << 1
}

/**
 * Lays out the windows under positions `first` to `end` as panels: one line per number of a window, interleaved in
 * pairs.
 */
function fill(op: Exact, x: usize, first: i32, end: i32, line: usize, panels: usize, panelBytes: usize): void {
  const next = line + lineBytes(op)
  let k = 0
  for (let channel = 0; channel < op.channels; channel++, x += <usize>(op.height * op.width))
    for (let ky = 0; ky < op.kernelY; ky++)
      for (let kx = 0; kx < op.kernelX; kx++, k++) {
        const top = ky * op.dilationY - op.top, left = kx * op.dilationX - op.left
        fillLine(op, x, top, left, first, end, k & 1 ? next : line)
        if (k & 1) interleave(line, next, end - first, panels + (<usize>(k >> 1) << 5), panelBytes)
      }
  if (k & 1) {
    clear(next, end - first)
    interleave(line, next, end - first, panels + (<usize>(k >> 1) << 5), panelBytes)
  }
}

/** One number of the windows at each position, run by run along the lines of the output. Padding is 0. */
function fillLine(op: Exact, x: usize, top: i32, left: i32, first: i32, end: i32, to: usize): void {
  const begin = left < 0 ? (op.strideX - 1 - left) / op.strideX : 0
  const past = left < op.width ? (op.width - 1 - left) / op.strideX + 1 : 0
  let oy = first / op.outWidth, ox = first % op.outWidth
  for (let rest = end - first; rest > 0; oy++, ox = 0) {
    const until = min(op.outWidth, ox + rest)
    const iy = oy * op.strideY + top
    const isInside = iy >= 0 && iy < op.height
    const from = isInside ? min(until, max(ox, begin)) : until
    const last = max(from, min(until, past))
    clear(to, from - ox)
    to += <usize>(from - ox) << 1
    copy(op, x + <usize>(iy * op.width + from * op.strideX + left), last - from, to)
    to += <usize>(last - from) << 1
    clear(to, until - last)
    to += <usize>(until - last) << 1
    rest -= until - ox
  }
}

/** Bytes of x minus the zero point as int16, a stride apart. */
@inline
function copy(op: Exact, x: usize, count: i32, to: usize): void {
  if (op.strideX == 1) {
    const zeroPoint = i16x8.splat(<i16>op.inputZeroPoint)
    for (let i = 0; i < count; i += PANEL, x += PANEL, to += 2 * PANEL)
      v128.store(to, i16x8.sub(v128.load8x8_s(x), zeroPoint))
  } else
    for (let i = 0; i < count; i++, x += <usize>op.strideX, to += 2)
      store<i16>(to, <i16>(<i32>load<i8>(x) - op.inputZeroPoint))
}

@inline
function clear(to: usize, count: i32): void {
  const zero = i16x8.splat(0)
  for (let i = 0; i < count; i += PANEL, to += 2 * PANEL) v128.store(to, zero)
}

/** Interleaves two lines into the pairs of panels, `panelBytes` apart. */
function interleave(line: usize, next: usize, count: i32, to: usize, panelBytes: usize): void {
  for (let i = 0; i < count; i += PANEL, line += 2 * PANEL, next += 2 * PANEL, to += panelBytes) {
    const a = v128.load(line), b = v128.load(next)
    v128.store(to, lowPairs(a, b))
    v128.store(to, highPairs(a, b), 16)
  }
}

/** Stores the first `count` of eight bytes, `step` bytes apart. */
function scatter(to: usize, bytes: v128, count: i32, step: i32): void {
  let rest = i64x2.extract_lane(bytes, 0)
  for (let i = 0; i < count; i++, rest >>= 8, to += <usize>step) store<u8>(to, <u8>rest)
}
