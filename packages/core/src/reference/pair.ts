import { expectConstants } from '../kernel/constants.ts'
import type { AddSpec, Constants, MulSpec } from '../kernel/spec.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { storeFloat, storeInteger } from './epilogue.ts'
import { widen } from './operand.ts'
import { rescaleTo } from './rescale.ts'

/** Bits that `addFixed` shifts its inputs up by. */
const HEADROOM = 20

/** Add: see `int-add` for integers. */
export function add(spec: AddSpec, constants: Constants, [a, b]: readonly Tensor[], output: Tensor): void {
  const sums = new Float64Array(output.data.length)
  if (a.dtype !== 'int8') {
    const [x, y] = [widen(a), widen(b)]
    for (let i = 0; i < sums.length; i++) sums[i] = x[i] + y[i]
    return storeFloat(output, sums, expectConstants(spec, constants, 'clamp').clamp)
  }
  const c = expectConstants(spec, constants, 'int-add')
  if (spec.fixedPoint !== undefined) return addFixed(spec, c, a, b, output)
  for (let i = 0; i < sums.length; i++)
    sums[i] =
      Math.fround((a.data[i] - c.a.zeroPoint) * c.a.scale) +
      Math.fround((b.data[i] - c.b.zeroPoint) * c.b.scale)
  storeInteger(output, sums, { multiplier: c.inverseScale, zeroPoint: c.outputZeroPoint, clamp: c.clamp })
}

/**
 * Add in integers alone, as TensorFlow Lite does it: both inputs are shifted up by 20 bits and brought to twice the
 * larger scale by Q31 multipliers, added, and brought to the output's scale by a third. It takes these from doubles
 * of its scales, we from the float32 constants.
 */
function addFixed(
  { fixedPoint }: AddSpec,
  { a: left, b: right, ...c }: Extract<Constants, { kind: 'int-add' }>,
  a: Tensor,
  b: Tensor,
  output: Tensor,
): void {
  const common = 2 * Math.max(left.scale, right.scale)
  const wide = { zeroPoint: 0, clamp: [-(2 ** 31), 2 ** 31 - 1] } as const
  const [fromA, fromB] = [left, right].map(({ scale }) =>
    rescaleTo({ multiplier: scale / common, ...wide }, fixedPoint),
  )
  const multiplier = (common * c.inverseScale) / 2 ** HEADROOM
  const finish = rescaleTo({ multiplier, zeroPoint: c.outputZeroPoint, clamp: c.clamp }, fixedPoint)
  for (let i = 0; i < output.data.length; i++)
    output.data[i] = finish(
      fromA((a.data[i] - left.zeroPoint) * 2 ** HEADROOM) +
        fromB((b.data[i] - right.zeroPoint) * 2 ** HEADROOM),
    )
}

/** Mul: see `int-mul` for integers; in fixed point the product of the integers is rescaled by one multiplier. */
export function mul(spec: MulSpec, constants: Constants, [a, b]: readonly Tensor[], output: Tensor): void {
  const products = new Float64Array(output.data.length)
  // Elements of `a` that one element of `b` multiplies.
  const run = a.data.length / b.data.length
  if (a.dtype !== 'int8') {
    const [x, y] = [widen(a), widen(b)]
    for (let i = 0; i < products.length; i++) products[i] = x[i] * y[Math.floor(i / run)]
    return storeFloat(output, products, expectConstants(spec, constants, 'clamp').clamp)
  }
  const c = expectConstants(spec, constants, 'int-mul')
  const target = { zeroPoint: c.outputZeroPoint, clamp: c.clamp }
  const { fixedPoint } = spec
  const [p, q] = [widen(a, c.a.zeroPoint), widen(b, c.b.zeroPoint)]
  if (fixedPoint !== undefined) {
    for (let i = 0; i < products.length; i++) products[i] = p[i] * q[Math.floor(i / run)]
    const multiplier = Math.fround(Math.fround(c.a.scale * c.b.scale) * c.inverseScale)
    return storeInteger(output, products, { multiplier, ...target }, fixedPoint)
  }
  for (let i = 0; i < products.length; i++)
    products[i] = Math.fround(p[i] * c.a.scale) * Math.fround(q[Math.floor(i / run)] * c.b.scale)
  storeInteger(output, products, { multiplier: c.inverseScale, ...target })
}
