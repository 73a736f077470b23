import { addDot, highPairs, lowPairs } from '../pairs'
import { bases, highest, lowest, requantizeEight, rounders } from '../requantize'
import { Step } from '../step'
import { Window } from '../window'

/**
 * int8 filters of 3x3, one per channel, with channels in blocks of 8. A row has a column of padding before it and
 * behind it, or none. The host writes the words in this order (src/ops/depthwise-3x3.ts).
 */
@unmanaged
class Depthwise3x3 extends Window {
  blocks: usize
  /** A row of zero points, for rows outside the image. */
  padding: usize
  inputZeroPoint: i32
  /** The stored channels: a multiple of 8. */
  channels: i32
  /** The rows of the output, with images one below the other. */
  rows: i32
  rowsPerTile: i32
}

/**
 * Offsets in bytes of the data of 8 channels in their block. Weights are pairs of int16 by channel, as `dot_i16x8_s`
 * takes them: rows 0 and 1 of each column; row 2 of columns 0 and 1; then 0 and row 2 of column 2.
 */
const FIRST: usize = 0
const SECOND: usize = 32
const THIRD: usize = 64
const ROW2: usize = 96
const ROW2_THIRD: usize = 128
const MULTIPLIER: usize = 160
const BIAS: usize = 192
/** The bias if rows 0 and 1 of the first column are padding. */
const BIAS_LEFT: usize = 224
/** The contribution of a third column of padding. */
const RIGHT: usize = 256
const BLOCK_BYTES: usize = 288

@inline
function put(y: usize, low: v128, high: v128, block: usize, lo: v128, hi: v128, base: v128, rounder: v128): void {
  const m0 = v128.load(block, MULTIPLIER), m1 = v128.load(block, MULTIPLIER + 16)
  v128.store64_lane(y, requantizeEight(low, high, m0, m1, lo, hi, base, rounder), 0)
}

/** Computes some rows of the output. */
export function depthwise3x3Int8(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<Depthwise3x3>(step.op)
  const line = op.width * op.channels
  const end = min(op.rows, (tile + 1) * op.rowsPerTile)
  for (let row = tile * op.rowsPerTile; row < end; row++) {
    const image = step.a + <usize>(row / op.outHeight * op.height * line)
    const iy = (row % op.outHeight) * op.strideY - op.top
    const a0 = <u32>iy < <u32>op.height ? image + <usize>(iy * line) : op.padding
    const a1 = <u32>(iy + 1) < <u32>op.height ? image + <usize>((iy + 1) * line) : op.padding
    const a2 = <u32>(iy + 2) < <u32>op.height ? image + <usize>((iy + 2) * line) : op.padding
    const y = step.y + <usize>(row * op.outWidth * op.channels)
    let block = op.blocks
    for (let c: usize = 0; c < <usize>op.channels; c += 8, block += BLOCK_BYTES)
      if (op.strideX == 1) stepOne(op, block, a0 + c, a1 + c, a2 + c, y + c)
      else stepTwo(op, block, a0 + c, a1 + c, a2 + c, y + c)
  }
}

/**
 * Eight channels of a row at stride 1. Each column of x is read and paired once. It is added to the sums of three
 * outputs: as the third column of one, which completes the output `done`, as the second of another, and as the first of
 * the next.
 */
export function stepOne(op: Depthwise3x3, block: usize, a0: usize, a1: usize, a2: usize, y: usize): void {
  const pixel = <usize>op.channels
  const target = changetype<usize>(op)
  const lo = lowest(target), hi = highest(target), base = bases(target), rounder = rounders()
  let before = i16x8.splat(<i16>op.inputZeroPoint)
  let low0 = before, high0 = before
  let low1 = v128.load(block, BIAS_LEFT), high1 = v128.load(block, BIAS_LEFT + 16)
  const end = a2 + <usize>op.width * pixel
  // These columns complete no output.
  for (let column = op.left; column < 2 && a2 < end; column++) {
    const r0 = v128.load8x8_s(a0), r1 = v128.load8x8_s(a1), r2 = v128.load8x8_s(a2)
    const low = lowPairs(r0, r1), high = highPairs(r0, r1)
    const low2 = lowPairs(before, r2), high2 = highPairs(before, r2)
    low0 = addDot(addDot(low1, low, v128.load(block, SECOND)), low2, v128.load(block, ROW2))
    high0 = addDot(addDot(high1, high, v128.load(block, SECOND + 16)), high2, v128.load(block, ROW2 + 16))
    low1 = addDot(v128.load(block, BIAS), low, v128.load(block, FIRST))
    high1 = addDot(v128.load(block, BIAS + 16), high, v128.load(block, FIRST + 16))
    before = r2
    a0 += pixel
    a1 += pixel
    a2 += pixel
  }
  while (a2 < end) {
    const r0 = v128.load8x8_s(a0), r1 = v128.load8x8_s(a1), r2 = v128.load8x8_s(a2)
    const low = lowPairs(r0, r1), high = highPairs(r0, r1)
    const low2 = lowPairs(before, r2), high2 = highPairs(before, r2)
    const doneLow = addDot(addDot(low0, low, v128.load(block, THIRD)), low2, v128.load(block, ROW2_THIRD))
    const doneHigh = addDot(addDot(high0, high, v128.load(block, THIRD + 16)), high2, v128.load(block, ROW2_THIRD + 16))
    put(y, doneLow, doneHigh, block, lo, hi, base, rounder)
    low0 = addDot(addDot(low1, low, v128.load(block, SECOND)), low2, v128.load(block, ROW2))
    high0 = addDot(addDot(high1, high, v128.load(block, SECOND + 16)), high2, v128.load(block, ROW2 + 16))
    low1 = addDot(v128.load(block, BIAS), low, v128.load(block, FIRST))
    high1 = addDot(v128.load(block, BIAS + 16), high, v128.load(block, FIRST + 16))
    before = r2
    a0 += pixel
    a1 += pixel
    a2 += pixel
    y += pixel
  }
  if (op.outWidth - op.left + 2 <= op.width) return
  low0 = i32x4.add(low0, v128.load(block, RIGHT))
  high0 = i32x4.add(high0, v128.load(block, RIGHT + 16))
  put(y, low0, high0, block, lo, hi, base, rounder)
}

/** Eight channels of a row at stride 2. The third column of each output is the first column of the next. */
export function stepTwo(op: Depthwise3x3, block: usize, a0: usize, a1: usize, a2: usize, y: usize): void {
  const pixel = <usize>op.channels
  const target = changetype<usize>(op)
  const lo = lowest(target), hi = highest(target), base = bases(target), rounder = rounders()
  let before = i16x8.splat(<i16>op.inputZeroPoint)
  let low0 = v128.load(block, BIAS_LEFT), high0 = v128.load(block, BIAS_LEFT + 16)
  if (op.left == 0) {
    const r0 = v128.load8x8_s(a0), r1 = v128.load8x8_s(a1)
    before = v128.load8x8_s(a2)
    low0 = addDot(v128.load(block, BIAS), lowPairs(r0, r1), v128.load(block, FIRST))
    high0 = addDot(v128.load(block, BIAS + 16), highPairs(r0, r1), v128.load(block, FIRST + 16))
    a0 += pixel
    a1 += pixel
    a2 += pixel
  }
  const isPadded = 2 * op.outWidth - op.left >= op.width
  const end = y + <usize>(op.outWidth - i32(isPadded)) * pixel
  while (y < end) {
    let r0 = v128.load8x8_s(a0), r1 = v128.load8x8_s(a1), r2 = v128.load8x8_s(a2)
    low0 = addDot(low0, lowPairs(r0, r1), v128.load(block, SECOND))
    low0 = addDot(low0, lowPairs(before, r2), v128.load(block, ROW2))
    high0 = addDot(high0, highPairs(r0, r1), v128.load(block, SECOND + 16))
    high0 = addDot(high0, highPairs(before, r2), v128.load(block, ROW2 + 16))
    r0 = v128.load8x8_s(a0 + pixel)
    r1 = v128.load8x8_s(a1 + pixel)
    before = v128.load8x8_s(a2 + pixel)
    const low = lowPairs(r0, r1), high = highPairs(r0, r1)
    let doneLow = addDot(low0, low, v128.load(block, THIRD))
    doneLow = addDot(doneLow, lowPairs(r2, before), v128.load(block, ROW2_THIRD))
    let doneHigh = addDot(high0, high, v128.load(block, THIRD + 16))
    doneHigh = addDot(doneHigh, highPairs(r2, before), v128.load(block, ROW2_THIRD + 16))
    put(y, doneLow, doneHigh, block, lo, hi, base, rounder)
    low0 = addDot(v128.load(block, BIAS), low, v128.load(block, FIRST))
    high0 = addDot(v128.load(block, BIAS + 16), high, v128.load(block, FIRST + 16))
    a0 += pixel << 1
    a1 += pixel << 1
    a2 += pixel << 1
    y += pixel
  }
  if (!isPadded) return
  const r0 = v128.load8x8_s(a0), r1 = v128.load8x8_s(a1), r2 = v128.load8x8_s(a2)
  low0 = addDot(addDot(low0, lowPairs(r0, r1), v128.load(block, SECOND)), lowPairs(before, r2), v128.load(block, ROW2))
  high0 = addDot(high0, highPairs(r0, r1), v128.load(block, SECOND + 16))
  high0 = addDot(high0, highPairs(before, r2), v128.load(block, ROW2 + 16))
  low0 = i32x4.add(low0, v128.load(block, RIGHT))
  high0 = i32x4.add(high0, v128.load(block, RIGHT + 16))
  put(y, low0, high0, block, lo, hi, base, rounder)
}
