import { Elementwise, endOf, firstOf } from '../elementwise'
import { hold, loadFour, storeFour } from '../half'
import { Step } from '../step'

export function clipInt8(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<Elementwise>(step.op)
  const lo = i8x16.splat(<i8>op.lo), hi = i8x16.splat(<i8>op.hi)
  const end = endOf(op, tile)
  for (let i = firstOf(op, tile); i < end; i += 16)
    v128.store(step.y + i, i8x16.min_s(hi, i8x16.max_s(lo, v128.load(step.a + i))))
}

@kernels(Float, Half)
function clip<T>(step: Step, tile: i32): void {
  const op = changetype<Elementwise>(step.op)
  const lo = f32x4.splat(op.lo), hi = f32x4.splat(op.hi)
  const end = endOf(op, tile) * sizeof<T>()
  for (let i = firstOf(op, tile) * sizeof<T>(); i < end; i += 4 * sizeof<T>())
    storeFour<T>(step.y + i, hold(loadFour<T>(step.a + i), lo, hi))
}
