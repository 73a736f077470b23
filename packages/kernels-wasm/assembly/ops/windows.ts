import { hold, storeUpToFour } from '../half'
import { bases, highest, lowest, requantizeEight, rounders, storeBytes } from '../requantize'
import { bytesOf, Product, stageLines } from '../rows'
import { Step } from '../step'
import { add, splat } from '../tile'

/**
 * A convolution of few channels: windows are read where x is staged, and not unfolded first. The taps of a window's row
 * are filled up to what an instruction takes, and so is each row of the panels. Two windows and two panels are computed
 * at a time, and their sums finished in registers. X is how x is stored, W the type of weights that `add` takes.
 */
@inline
function windows<X, W>(step: Step, tile: i32, scratch: usize, offset: v128): void {
  const op = changetype<Product>(step.op)
  const end = min(op.rows, (tile + 1) * op.rowsPerTile)
  const imageBytes = <usize>(op.height * op.width * op.ldx) * sizeof<X>()
  const pixel = <usize>op.channels * bytesOf<X>()
  const line = <usize>op.stageWidth * pixel
  const across = <usize>op.strideX * pixel, down = <usize>op.strideY * line
  const ldy = <usize>op.ldy * sizeof<X>()
  for (let row = tile * op.rowsPerTile; row < end; ) {
    const image = row / op.positions
    const start = image * op.positions
    const stop = min(end, start + op.positions)
    const top = (row - start) / op.outWidth
    const lines = ((stop - 1 - start) / op.outWidth - top) * op.strideY + (op.kernelY - 1) * op.dilationY + 1
    const x = step.a + <usize>image * imageBytes
    stageLines<X>(op, x, top * op.strideY - op.top, lines, scratch, offset, i32x4.splat(0))
    let ox = row - start - top * op.outWidth
    let begin = scratch
    let from = begin + <usize>ox * across
    let y = step.y + <usize>row * ldy
    for (; row < stop; row += 2, y += 2 * ldy) {
      const first = from
      from += across
      if (++ox == op.outWidth) {
        ox = 0
        begin += down
        from = begin
      }
      // A window that has no second one beside it is computed twice.
      let second = first, under = y
      if (row + 1 < stop) {
        second = from
        under = y + ldy
        from += across
        if (++ox == op.outWidth) {
          ox = 0
          begin += down
          from = begin
        }
      }
      for (let panel = 0; panel < op.panels; panel += 2)
        if (sizeof<W>() == 2) twoWindowsInt8(op, first, second, line, panel, y, under)
        else if (sizeof<X>() == 4) twoWindowsFloat(op, first, second, line, panel, y, under)
        else twoWindowsHalf(op, first, second, line, panel, y, under)
    }
    row = stop
  }
}

/** Windows of int8, which are int16 less the zero point where they are staged. */
export function windowsInt8(step: Step, tile: i32, scratch: usize): void {
  windows<i8, i16>(step, tile, scratch, i16x8.splat(<i16>changetype<Product>(step.op).inputZeroPoint))
}

export function windowsFloat(step: Step, tile: i32, scratch: usize): void {
  windows<f32, f32>(step, tile, scratch, i32x4.splat(0))
}

/** Windows of halves; the weights are float32. */
export function windowsHalf(step: Step, tile: i32, scratch: usize): void {
  windows<u16, f32>(step, tile, scratch, i32x4.splat(0))
}

// The modules export these, so that the compiler leaves them functions of their own, whose sums have registers.

export function twoWindowsInt8(op: Product, a0: usize, a1: usize, line: usize, panel: i32, y0: usize, y1: usize): void {
  two<i8, i16>(op, a0, a1, line, panel, y0, y1)
}

export function twoWindowsFloat(
  op: Product, a0: usize, a1: usize, line: usize, panel: i32, y0: usize, y1: usize,
): void {
  two<f32, f32>(op, a0, a1, line, panel, y0, y1)
}

export function twoWindowsHalf(op: Product, a0: usize, a1: usize, line: usize, panel: i32, y0: usize, y1: usize): void {
  two<u16, f32>(op, a0, a1, line, panel, y0, y1)
}

@inline
function two<X, W>(op: Product, a0: usize, a1: usize, line: usize, panel: i32, y0: usize, y1: usize): void {
  const bytes = <usize>(op.k << 3) * sizeof<W>()
  const isLast = panel + 1 == op.panels
  // A panel that has no second one beside it is computed twice.
  const next: usize = isLast ? 0 : bytes
  const run = (<usize>(op.kernelX * op.channels) * bytesOf<X>() + 3) & ~3
  const down = <usize>op.dilationY * line
  let low0 = i32x4.splat(0), high0 = low0, low1 = low0, high1 = low0
  let low2 = low0, high2 = low0, low3 = low0, high3 = low0
  let b = op.weights + <usize>panel * bytes
  for (const end = b + bytes; b < end; a0 += down, a1 += down)
    for (let i: usize = 0; i < run; i += 4, b += 32) {
      const l0 = v128.load(b), r0 = v128.load(b, 16), l1 = v128.load(b + next), r1 = v128.load(b + next, 16)
      let x = splat<W>(a0 + i)
      low0 = add<W>(low0, x, l0)
      high0 = add<W>(high0, x, r0)
      low1 = add<W>(low1, x, l1)
      high1 = add<W>(high1, x, r1)
      x = splat<W>(a1 + i)
      low2 = add<W>(low2, x, l0)
      high2 = add<W>(high2, x, r0)
      low3 = add<W>(low3, x, l1)
      high3 = add<W>(high3, x, r1)
    }
  const column = panel << 3
  finish<X>(op, low0, high0, low2, high2, column, y0, y1)
  if (!isLast) finish<X>(op, low1, high1, low3, high3, column + 8, y0, y1)
}

/** Sums of eight columns of two windows: bias, and for int8 multiplier and zero point; bounds. */
@inline
function finish<X>(
  op: Product, low0: v128, high0: v128, low1: v128, high1: v128, column: i32, y0: usize, y1: usize,
): void {
  const at = <usize>column << 2, to = <usize>column * sizeof<X>()
  const columns = op.columns - column
  const bias0 = v128.load(op.bias + at), bias1 = v128.load(op.bias + at, 16)
  const target = changetype<usize>(op)
  const lo = lowest(target), hi = highest(target)
  if (sizeof<X>() == 1) {
    const m0 = v128.load(op.multiplier + at), m1 = v128.load(op.multiplier + at, 16)
    const base = bases(target), rounder = rounders()
    low0 = i32x4.add(low0, bias0)
    high0 = i32x4.add(high0, bias1)
    storeBytes(y0 + to, requantizeEight(low0, high0, m0, m1, lo, hi, base, rounder), columns)
    low1 = i32x4.add(low1, bias0)
    high1 = i32x4.add(high1, bias1)
    storeBytes(y1 + to, requantizeEight(low1, high1, m0, m1, lo, hi, base, rounder), columns)
  } else {
    const half = 4 * sizeof<X>()
    storeUpToFour<X>(y0 + to, hold(f32x4.add(low0, bias0), lo, hi), columns)
    storeUpToFour<X>(y0 + to + half, hold(f32x4.add(high0, bias1), lo, hi), columns - 4)
    storeUpToFour<X>(y1 + to, hold(f32x4.add(low1, bias0), lo, hi), columns)
    storeUpToFour<X>(y1 + to + half, hold(f32x4.add(high1, bias1), lo, hi), columns - 4)
  }
}
