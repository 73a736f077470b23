import { hold, loadFour, storeUpToFour } from '../half'
import { bases, highest, lowest, requantizeEight, rounders, storeBytes } from '../requantize'
import { Step } from '../step'
import { endInside, firstInside, Window } from '../window'

/** A window over each channel. The host writes the words in this order (src/ops/pool.ts). */
@unmanaged
class Pool extends Window {
  inputZeroPoint: i32
  /** int8: float32 multipliers, indexed by the number of positions inside. */
  multipliers: usize
  /** Float averages: the divisor of the sums; 0 for the number of positions inside. */
  divisor: i32
  /** The stored channels. */
  channels: i32
}

/**
 * Computes a row of the output, 8 bytes of channels at a time. Storage of fewer channels has room for the bytes that
 * are read past them.
 */
function poolInt8(step: Step, tile: i32, average: bool): void {
  const op = changetype<Pool>(step.op)
  const iy0 = (tile % op.outHeight) * op.strideY - op.top
  const image = step.a + <usize>((tile / op.outHeight) * op.height * op.width * op.channels)
  let y = step.y + <usize>(tile * op.outWidth * op.channels)
  const fromY = firstInside(iy0, op.dilationY), toY = endInside(iy0, op.dilationY, op.kernelY, op.height)
  const lo = lowest(step.op), hi = highest(step.op), base = bases(step.op), rounder = rounders()
  const pixel = <usize>op.channels
  for (let ox = 0; ox < op.outWidth; ox++, y += pixel) {
    const ix0 = ox * op.strideX - op.left
    const fromX = firstInside(ix0, op.dilationX), toX = endInside(ix0, op.dilationX, op.kernelX, op.width)
    const inside = max(0, toY - fromY) * max(0, toX - fromX)
    for (let c = 0; c < op.channels; c += 8) {
      let most = i8x16.splat(-128), low = i32x4.splat(-inside * op.inputZeroPoint), high = low
      for (let ky = fromY; ky < toY; ky++) {
        let at = image + <usize>((iy0 + ky * op.dilationY) * op.width + ix0 + fromX * op.dilationX) * pixel + <usize>c
        for (let kx = fromX; kx < toX; kx++, at += pixel * <usize>op.dilationX) {
          if (average) {
            const x = v128.load8x8_s(at)
            low = i32x4.add(low, i32x4.extend_low_i16x8_s(x))
            high = i32x4.add(high, i32x4.extend_high_i16x8_s(x))
          } else most = i8x16.max_s(most, v128.load64_zero(at))
        }
      }
      if (average) {
        const m = v128.load32_splat(op.multipliers + (<usize>inside << 2))
        most = requantizeEight(low, high, m, m, lo, hi, base, rounder)
      }
      storeBytes(y + <usize>c, most, op.channels - c)
    }
  }
}

export function maxPoolInt8(step: Step, tile: i32, scratch: usize): void { poolInt8(step, tile, false) }
export function averagePoolInt8(step: Step, tile: i32, scratch: usize): void { poolInt8(step, tile, true) }

/**
 * Computes a row of the output, 4 channels at a time. T is the stored type: f32, or u16 for halves. In a MaxPool, a NaN
 * under the window is the result.
 */
function pool<T>(step: Step, tile: i32, average: bool): void {
  const op = changetype<Pool>(step.op)
  const size: usize = sizeof<T>()
  const iy0 = (tile % op.outHeight) * op.strideY - op.top
  const image = step.a + <usize>((tile / op.outHeight) * op.height * op.width * op.channels) * size
  const pixel = <usize>op.channels * size
  let y = step.y + <usize>(tile * op.outWidth) * pixel
  const fromY = firstInside(iy0, op.dilationY), toY = endInside(iy0, op.dilationY, op.kernelY, op.height)
  const lo = f32x4.splat(op.lo), hi = f32x4.splat(op.hi)
  for (let ox = 0; ox < op.outWidth; ox++, y += pixel) {
    const ix0 = ox * op.strideX - op.left
    const fromX = firstInside(ix0, op.dilationX), toX = endInside(ix0, op.dilationX, op.kernelX, op.width)
    const divisor = <f32>(op.divisor > 0 ? op.divisor : max(0, toY - fromY) * max(0, toX - fromX))
    for (let c = 0; c < op.channels; c += 4) {
      let held = f32x4.splat(average ? 0 : -Infinity), anyNaN = f32x4.splat(0)
      for (let ky = fromY; ky < toY; ky++) {
        const offset = (iy0 + ky * op.dilationY) * op.width + ix0 + fromX * op.dilationX
        let at = image + <usize>offset * pixel + <usize>c * size
        for (let kx = fromX; kx < toX; kx++, at += pixel * <usize>op.dilationX) {
          const x = loadFour<T>(at)
          if (average) held = f32x4.add(held, x)
          else {
            held = f32x4.pmax(held, x)
            anyNaN = v128.or(anyNaN, f32x4.ne(x, x))
          }
        }
      }
      // A lane with all bits set is a NaN.
      held = average ? hold(f32x4.div(held, f32x4.splat(divisor)), lo, hi) : v128.or(held, anyNaN)
      storeUpToFour<T>(y + <usize>c * size, held, op.channels - c)
    }
  }
}

export function maxPoolFloat(step: Step, tile: i32, scratch: usize): void { pool<f32>(step, tile, false) }
export function maxPoolHalf(step: Step, tile: i32, scratch: usize): void { pool<u16>(step, tile, false) }
export function averagePoolFloat(step: Step, tile: i32, scratch: usize): void { pool<f32>(step, tile, true) }
export function averagePoolHalf(step: Step, tile: i32, scratch: usize): void { pool<u16>(step, tile, true) }
