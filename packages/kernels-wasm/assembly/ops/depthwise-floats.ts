import { hold, loadFour, storeFour } from '../half'
import { multiplyAdd } from '../multiply-add'
import { Step } from '../step'
import { Window } from '../window'

/**
 * Filters of 3x3 floats, one a channel, channels in blocks of 4. The host writes the words in this order
 * (src/ops/depthwise-floats.ts).
 */
@unmanaged
class DepthwiseFloats extends Window {
  /** float32, [channels / 4][9][4]. */
  weights: usize
  bias: usize
  /** A row of zeros, for rows outside of the image. */
  padding: usize
  /** Stored channels: a multiple of 8. */
  channels: i32
  /** Of the output, images one below the other. */
  rows: i32
  rowsPerTile: i32
}

const BLOCK_BYTES: usize = 144

/** Some rows of the output, four channels after the other. T is how numbers are stored: f32, or u16 for halves. */
@kernels(Float, Half)
function depthwise3x3<T>(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<DepthwiseFloats>(step.op)
  const first = tile * op.rowsPerTile
  const count = min(op.rows - first, op.rowsPerTile)
  const y = step.y + <usize>(first * op.outWidth * op.channels) * sizeof<T>()
  let block = op.weights
  for (let c: usize = 0; c < <usize>op.channels; c += 4, block += BLOCK_BYTES) {
    const at = c * sizeof<T>()
    if (sizeof<T>() == 4) rowsFloat(op, block, op.bias + (c << 2), step.a + at, first, count, y + at)
    else rowsHalf(op, block, op.bias + (c << 2), step.a + at, first, count, y + at)
  }
}

// The modules export these, so that the compiler leaves them functions of their own, whose weights have registers.

export function rowsFloat(
  op: DepthwiseFloats, w: usize, bias: usize, a: usize, first: i32, count: i32, y: usize,
): void {
  rows<f32>(op, w, bias, a, first, count, y)
}

export function rowsHalf(
  op: DepthwiseFloats, w: usize, bias: usize, a: usize, first: i32, count: i32, y: usize,
): void {
  rows<u16>(op, w, bias, a, first, count, y)
}

/** Four channels of `count` rows: in each, windows inside of the image between those that reach over its sides. */
@inline
function rows<T>(op: DepthwiseFloats, w: usize, bias: usize, a: usize, first: i32, count: i32, y: usize): void {
  const pixel = <usize>op.channels * sizeof<T>()
  const line = <usize>op.width * pixel, step = <usize>op.strideX * pixel, third = pixel << 1
  const lo = v128.load32_splat(changetype<usize>(op)), hi = v128.load32_splat(changetype<usize>(op), 4)
  const b = v128.load(bias)
  const w0 = v128.load(w), w1 = v128.load(w, 16), w2 = v128.load(w, 32)
  const w3 = v128.load(w, 48), w4 = v128.load(w, 64), w5 = v128.load(w, 80)
  const w6 = v128.load(w, 96), w7 = v128.load(w, 112), w8 = v128.load(w, 128)
  let oy = first % op.outHeight
  let image = a + <usize>(first / op.outHeight * op.height) * line
  for (; count > 0; count--) {
    const iy = oy * op.strideY - op.top
    const outside = op.padding
    const a0 = <u32>iy < <u32>op.height ? image + <usize>iy * line : outside
    const a1 = <u32>(iy + 1) < <u32>op.height ? image + <usize>(iy + 1) * line : outside
    const a2 = <u32>(iy + 2) < <u32>op.height ? image + <usize>(iy + 2) * line : outside
    let x: usize = 0 - <usize>op.left * pixel
    for (const end = y + <usize>op.outWidth * pixel; y < end; x += step, y += pixel) {
      let sum: v128
      // From its first column on it is within the line, and so is its third.
      if (x < line && x + third < line) {
        const p0 = a0 + x, p1 = a1 + x, p2 = a2 + x
        sum = multiplyAdd(loadFour<T>(p0), w0, b)
        sum = multiplyAdd(loadFour<T>(p0 + pixel), w1, sum)
        sum = multiplyAdd(loadFour<T>(p0 + third), w2, sum)
        sum = multiplyAdd(loadFour<T>(p1), w3, sum)
        sum = multiplyAdd(loadFour<T>(p1 + pixel), w4, sum)
        sum = multiplyAdd(loadFour<T>(p1 + third), w5, sum)
        sum = multiplyAdd(loadFour<T>(p2), w6, sum)
        sum = multiplyAdd(loadFour<T>(p2 + pixel), w7, sum)
        sum = multiplyAdd(loadFour<T>(p2 + third), w8, sum)
      } else {
        const in0 = x < line, in1 = x + pixel < line, in2 = x + third < line
        sum = multiplyAdd(loadFour<T>(in0 ? a0 + x : outside), w0, b)
        sum = multiplyAdd(loadFour<T>(in1 ? a0 + x + pixel : outside), w1, sum)
        sum = multiplyAdd(loadFour<T>(in2 ? a0 + x + third : outside), w2, sum)
        sum = multiplyAdd(loadFour<T>(in0 ? a1 + x : outside), w3, sum)
        sum = multiplyAdd(loadFour<T>(in1 ? a1 + x + pixel : outside), w4, sum)
        sum = multiplyAdd(loadFour<T>(in2 ? a1 + x + third : outside), w5, sum)
        sum = multiplyAdd(loadFour<T>(in0 ? a2 + x : outside), w6, sum)
        sum = multiplyAdd(loadFour<T>(in1 ? a2 + x + pixel : outside), w7, sum)
        sum = multiplyAdd(loadFour<T>(in2 ? a2 + x + third : outside), w8, sum)
      }
      storeFour<T>(y, hold(sum, lo, hi))
    }
    if (++oy == op.outHeight) {
      oy = 0
      image += <usize>op.height * line
    }
  }
}
