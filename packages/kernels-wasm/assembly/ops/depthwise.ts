import { hold, loadFour, storeFour } from '../half'
import { multiplyAdd } from '../multiply-add'
import { addDot, highPairs, lowPairs } from '../pairs'
import { bases, highest, lowest, requantizeEight, rounders } from '../requantize'
import { Step } from '../step'
import { Window } from '../window'

/**
 * One filter per channel, with channels in blocks of 8. The host writes the words in this order (src/ops/depthwise.ts).
 */
@unmanaged
class Depthwise extends Window {
  weights: usize
  bias: usize
  multiplier: usize
  /** A pixel of padding: zeros, or the zero point. */
  padding: usize
  /** The stored channels: a multiple of 8. */
  channels: i32
  /** The positions of the window; for int8, filled up to an even number. */
  taps: i32
}

/**
 * Writes the addresses of the pixels under one window, where pixels outside the image are padding; then the distance of
 * each to the next window that lies inside.
 */
function gather(op: Depthwise, image: usize, oy: i32, ox: i32, size: usize, to: usize): void {
  const pixel = <usize>op.channels * size
  let at = to
  let step = to + (<usize>op.taps << 2)
  for (let ky = 0; ky < op.kernelY; ky++) {
    const iy = oy * op.strideY - op.top + ky * op.dilationY
    const inside = iy >= 0 && iy < op.height
    const line = image + <usize>(iy * op.width) * pixel
    for (let kx = 0; kx < op.kernelX; kx++, at += 4, step += 4) {
      const ix = ox * op.strideX - op.left + kx * op.dilationX
      store<usize>(at, inside && ix >= 0 && ix < op.width ? line + <usize>ix * pixel : op.padding)
      store<usize>(step, inside ? <usize>op.strideX * pixel : 0)
    }
  }
  // The position that completes an odd number of pairs has weights of 0.
  if (at < to + (<usize>op.taps << 2)) {
    store<usize>(at, op.padding)
    store<usize>(step, 0)
  }
}

/**
 * The addresses of the window at `ox`. They come from the window before, if neither reaches over the sides of the
 * image.
 */
@inline
function move(op: Depthwise, image: usize, oy: i32, ox: i32, size: usize, to: usize): void {
  const left = ox * op.strideX - op.left
  if (ox == 0 || left < op.strideX || left + (op.kernelX - 1) * op.dilationX >= op.width)
    return gather(op, image, oy, ox, size, to)
  const addresses = <usize>op.taps << 2
  for (let at = to, end = to + addresses; at < end; at += 4)
    store<usize>(at, load<usize>(at) + load<usize>(at + addresses))
}

/**
 * Computes a row of the output. Two taps at a time are interleaved, so that one instruction multiplies and adds both.
 */
export function depthwiseInt8(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<Depthwise>(step.op)
  const oy = tile % op.outHeight
  const image = step.a + <usize>((tile / op.outHeight) * op.height * op.width * op.channels)
  let y = step.y + <usize>(tile * op.outWidth * op.channels)
  const lo = lowest(step.op), hi = highest(step.op), base = bases(step.op), rounder = rounders()
  const last = scratch + (<usize>op.taps << 2)
  for (let ox = 0; ox < op.outWidth; ox++) {
    move(op, image, oy, ox, 1, scratch)
    let weights = op.weights
    for (let c: usize = 0, end = <usize>op.channels; c < end; c += 8, y += 8) {
      let low = v128.load(op.bias + (c << 2)), high = v128.load(op.bias + (c << 2), 16)
      for (let at = scratch; at < last; at += 8, weights += 32) {
        const a = v128.load8x8_s(load<usize>(at) + c)
        const b = v128.load8x8_s(load<usize>(at, 4) + c)
        low = addDot(low, lowPairs(a, b), v128.load(weights))
        high = addDot(high, highPairs(a, b), v128.load(weights, 16))
      }
      const m0 = v128.load(op.multiplier + (c << 2)), m1 = v128.load(op.multiplier + (c << 2), 16)
      v128.store64_lane(y, requantizeEight(low, high, m0, m1, lo, hi, base, rounder), 0)
    }
  }
}

/** Computes a row of the output. T is the stored type: f32, or u16 for halves. */
@kernels(Float, Half)
function depthwise<T>(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<Depthwise>(step.op)
  const size: usize = sizeof<T>()
  const oy = tile % op.outHeight
  const image = step.a + <usize>((tile / op.outHeight) * op.height * op.width * op.channels) * size
  let y = step.y + <usize>(tile * op.outWidth * op.channels) * size
  const lo = f32x4.splat(op.lo), hi = f32x4.splat(op.hi)
  const last = scratch + (<usize>op.taps << 2)
  for (let ox = 0; ox < op.outWidth; ox++) {
    move(op, image, oy, ox, size, scratch)
    let weights = op.weights
    for (let c: usize = 0, end = <usize>op.channels; c < end; c += 8, y += 8 * size) {
      let low = v128.load(op.bias + (c << 2)), high = v128.load(op.bias + (c << 2), 16)
      for (let at = scratch; at < last; at += 4, weights += 8 * size) {
        const x = load<usize>(at) + c * size
        low = multiplyAdd(loadFour<T>(x), loadFour<T>(weights), low)
        high = multiplyAdd(loadFour<T>(x + 4 * size), loadFour<T>(weights + 4 * size), high)
      }
      storeFour<T>(y, hold(low, lo, hi))
      storeFour<T>(y + 4 * size, hold(high, lo, hi))
    }
  }
}
