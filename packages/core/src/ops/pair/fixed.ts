import type { FixedPointRounding } from '../../numerics/index.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { rescaleTo, storeInteger, widen } from '../compute/values.ts'
import type { Constants } from '../spec.ts'

/** Constants of int8 pairs by scales. */
export type IntPair = Extract<Constants, { kind: 'int-add' | 'int-mul' }>

/** A pair by Q31 multipliers. */
export type Fixed = (c: IntPair, a: Tensor, b: Tensor, y: Tensor, by: FixedPointRounding) => void

/** Bits that `addFixed` shifts its inputs up by. */
const HEADROOM = 20

/**
 * Add in integers alone, as TensorFlow Lite does it: both inputs are shifted up by 20 bits and brought to twice the
 * larger scale by Q31 multipliers, added, and brought to the output's scale by a third. It takes these from doubles
 * of its scales, we from the float32 constants. A negative scale, that of what is subtracted, turns the sign of its
 * input.
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
