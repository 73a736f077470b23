import { Elementwise, endOf, firstOf } from '../elementwise'
import { hold, loadFour, storeFour } from '../half'
import { Step } from '../step'

/** Functions of one number. The host writes the words in this order (src/ops/unary.ts). */
@unmanaged
class Unary extends Elementwise {
  /** Of int8: the function's value for each of 256 numbers. */
  table: usize
  /** Of HardSigmoid. */
  alpha: f32
  beta: f32
}

export function tableInt8(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<Unary>(step.op)
  const end = endOf(op, tile)
  const zero = op.table + 128
  for (let i = firstOf(op, tile); i < end; i++) store<u8>(step.y + i, load<u8>(zero + load<i8>(step.a + i)))
}

const SIGMOID = 0
const HARD_SIGMOID = 1
const HARD_SWISH = 2

@inline
function sigmoid(x: f32): f32 {
  return 1 / (1 + Mathf.exp(-x))
}

function apply<T>(step: Step, tile: i32, kind: i32): void {
  const op = changetype<Unary>(step.op)
  const zero = f32x4.splat(0), one = f32x4.splat(1)
  const end = endOf(op, tile) * sizeof<T>()
  for (let i = firstOf(op, tile) * sizeof<T>(); i < end; i += 4 * sizeof<T>()) {
    const x = loadFour<T>(step.a + i)
    let y = x
    if (kind == SIGMOID) {
      y = f32x4.splat(sigmoid(f32x4.extract_lane(x, 0)))
      y = f32x4.replace_lane(y, 1, sigmoid(f32x4.extract_lane(x, 1)))
      y = f32x4.replace_lane(y, 2, sigmoid(f32x4.extract_lane(x, 2)))
      y = f32x4.replace_lane(y, 3, sigmoid(f32x4.extract_lane(x, 3)))
    } else if (kind == HARD_SIGMOID)
      y = hold(f32x4.add(f32x4.mul(f32x4.splat(op.alpha), x), f32x4.splat(op.beta)), zero, one)
    else if (kind == HARD_SWISH) {
      const six = f32x4.splat(6)
      y = f32x4.div(f32x4.mul(x, hold(f32x4.add(x, f32x4.splat(3)), zero, six)), six)
    }
    storeFour<T>(step.y + i, y)
  }
}

export function sigmoidFloat(step: Step, tile: i32, scratch: usize): void { apply<f32>(step, tile, SIGMOID) }
export function sigmoidHalf(step: Step, tile: i32, scratch: usize): void { apply<u16>(step, tile, SIGMOID) }
export function hardSigmoidFloat(step: Step, tile: i32, scratch: usize): void { apply<f32>(step, tile, HARD_SIGMOID) }
export function hardSigmoidHalf(step: Step, tile: i32, scratch: usize): void { apply<u16>(step, tile, HARD_SIGMOID) }
export function hardSwishFloat(step: Step, tile: i32, scratch: usize): void { apply<f32>(step, tile, HARD_SWISH) }
export function hardSwishHalf(step: Step, tile: i32, scratch: usize): void { apply<u16>(step, tile, HARD_SWISH) }
