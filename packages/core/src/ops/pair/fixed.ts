import type { FixedPointRounding } from '../../numerics/index.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { rescaleTo, storeInteger, widen } from '../compute/values.ts'
import type { Constants } from '../spec.ts'

/** The constants of int8 pairs that work with scales. */
export type IntPair = Extract<Constants, { kind: 'int-add' | 'int-mul' }>

/** A pair computed with Q31 multipliers. */
export type Fixed = (c: IntPair, a: Tensor, b: Tensor, y: Tensor, by: FixedPointRounding) => void

/** The number of bits by which `addFixed` shifts its inputs up. */
const HEADROOM = 20

/**
 * Add with integers only, like TensorFlow Lite. Both inputs are shifted up by 20 bits and brought to twice the larger
 * scale by Q31 multipliers. The sum is brought to the output's scale by a third multiplier. TensorFlow Lite computes
 * these from its scales as doubles, Octet from the float32 constants. A negative scale, as in a subtraction, changes
 * the sign of its input.
 */
export function addFixed(
  { a: left, b: right, ...c }: IntPair,
  a: Tensor,
  b: Tensor,
  output: Tensor,
  fixedPoint: FixedPointRounding,
): void {
  const [scaleA, scaleB] = [left, right].map(({ scale }) => Math.abs(scale))
  const common = 2 * Math.max(scaleA, scaleB)
  const wide = { zeroPoint: 0, clamp: [-(2 ** 31), 2 ** 31 - 1] } as const
  const [fromA, fromB] = [scaleA, scaleB].map((scale) =>
    rescaleTo({ multiplier: scale / common, ...wide }, fixedPoint),
  )
  const multiplier = (common * c.inverseScale) / 2 ** HEADROOM
  const finish = rescaleTo({ multiplier, zeroPoint: c.outputZeroPoint, clamp: c.clamp }, fixedPoint)
  for (let i = 0; i < output.data.length; i++)
    output.data[i] = finish(
      fromA((a.data[i] - left.zeroPoint) * Math.sign(left.scale) * 2 ** HEADROOM) +
        fromB((b.data[i] - right.zeroPoint) * Math.sign(right.scale) * 2 ** HEADROOM),
    )
}

/** The product of the integers, rescaled by one multiplier. */
export function mulFixed(
  c: IntPair,
  a: Tensor,
  b: Tensor,
  output: Tensor,
  fixedPoint: FixedPointRounding,
): void {
  const [p, q] = [widen(a, c.a.zeroPoint), widen(b, c.b.zeroPoint)]
  const products = p.map((value, i) => value * q[i])
  const multiplier = Math.fround(Math.fround(c.a.scale * c.b.scale) * c.inverseScale)
  storeInteger(output, products, { multiplier, zeroPoint: c.outputZeroPoint, clamp: c.clamp }, fixedPoint)
}
