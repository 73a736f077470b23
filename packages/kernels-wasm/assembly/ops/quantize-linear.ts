import { Elementwise, endOf, firstOf } from '../elementwise'
import { loadFour } from '../half'
import { bases, highest, lowest, narrow, numbers, rounders, settle } from '../requantize'
import { Step } from '../step'

/** The host writes the words in this order (src/ops/quantize-linear.ts). */
@unmanaged
class Quantize extends Elementwise {
  /** The inverse of the scale, or the scale itself if the kernel divides. */
  inverseScale: f32
}

/** clamp(rint(fl32(x * inverse scale))) + zero point. NaN counts as 0. */
@kernels(Float, Half)
function quantize<T>(step: Step, tile: i32): void {
  const op = changetype<Quantize>(step.op)
  const inverse = v128.load32_splat(step.op, offsetof<Quantize>('inverseScale'))
  const lo = lowest(step.op), hi = highest(step.op), base = bases(step.op), rounder = rounders()
  const end = endOf(op, tile)
  for (let i = firstOf(op, tile); i < end; i += 8) {
    const from = step.a + i * sizeof<T>()
    const first = settle(numbers(f32x4.mul(loadFour<T>(from), inverse)), lo, hi, base, rounder)
    const second = settle(numbers(f32x4.mul(loadFour<T>(from + 4 * sizeof<T>()), inverse)), lo, hi, base, rounder)
    v128.store64_lane(step.y + i, narrow(first, second), 0)
  }
}

/** clamp(rint(fl32(x / scale))) + zero point. NaN counts as 0. */
@kernels(Float, Half)
function divide<T>(step: Step, tile: i32): void {
  const op = changetype<Quantize>(step.op)
  const scale = v128.load32_splat(step.op, offsetof<Quantize>('inverseScale'))
  const lo = lowest(step.op), hi = highest(step.op), base = bases(step.op), rounder = rounders()
  const end = endOf(op, tile)
  for (let i = firstOf(op, tile); i < end; i += 8) {
    const from = step.a + i * sizeof<T>()
    const first = settle(numbers(f32x4.div(loadFour<T>(from), scale)), lo, hi, base, rounder)
    const second = settle(numbers(f32x4.div(loadFour<T>(from + 4 * sizeof<T>()), scale)), lo, hi, base, rounder)
    v128.store64_lane(step.y + i, narrow(first, second), 0)
  }
}
