import { Elementwise, endOf, firstOf } from '../elementwise'
import { storeFour } from '../half'
import { Step } from '../step'

/** The host writes the words in this order (src/ops/dequantize-linear.ts). */
@unmanaged
class Dequantize extends Elementwise {
  scale: f32
  zeroPoint: i32
}

/** fl32(f32(q - zero point) * scale). */
@kernels(Float, Half)
function dequantize<T>(step: Step, tile: i32): void {
  const op = changetype<Dequantize>(step.op)
  const end = endOf(op, tile)
  for (let i = firstOf(op, tile); i < end; i += 8) {
    const x = v128.load8x8_s(step.a + i)
    const to = step.y + i * sizeof<T>()
    storeFour<T>(to, real(op, i32x4.extend_low_i16x8_s(x)))
    storeFour<T>(to + 4 * sizeof<T>(), real(op, i32x4.extend_high_i16x8_s(x)))
  }
}

@inline
function real(op: Dequantize, q: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(i32x4.sub(q, i32x4.splat(op.zeroPoint))), f32x4.splat(op.scale))
}
