import { type FixedPointRounding, PRECISIONS } from '../../numerics/index.ts'
import { sameShape, type Shape, type Tensor } from '../../tensor/tensor.ts'
import { FREE, WHOLE } from '../case.ts'
import { storeFloat, storeInteger, widen, rescaleTo } from '../compute/values.ts'
import { expectConstants, type NodeOf, type Constants, type Rescaling, type SpecOf } from '../spec.ts'
import { bracketed, shapesOf, fail } from '../message.ts'
import type { Infinities, KernelOp, LayerOp } from '../record.ts'

/** Two inputs of one shape. Constants: clamp or int-add. */
export interface AddSpec extends SpecOf<'Add'>, Rescaling {}
/** a of any shape; b of the same, or [N,C,1,1] beside [N,C,H,W]: one factor a channel. Constants: clamp or int-mul. */
export interface MulSpec extends SpecOf<'Mul'>, Rescaling {}
export type PairSpec = AddSpec | MulSpec

export type AddNode = NodeOf<'Add'>
/** b of a's shape, or [N,C,1,1] beside [N,C,H,W]. */
export type MulNode = NodeOf<'Mul'>

type IntPair = Extract<Constants, { kind: 'int-add' | 'int-mul' }>

/** What one op does to two numbers. */
interface Definition {
  /** Its constants for int8. */
  readonly kind: IntPair['kind']
  readonly f: (a: number, b: number) => number
  readonly infinities: Infinities
  /** Whether b may also be [N,C,1,1] beside [N,C,H,W]. */
  readonly byChannel: boolean
  /** int8 by Q31 multipliers. */
  readonly fixed: (c: IntPair, a: Tensor, b: Tensor, y: Tensor, by: FixedPointRounding) => void
}

export const Add: LayerOp<AddNode, AddSpec> & KernelOp<AddSpec> = pair('Add', {
  kind: 'int-add',
  f: (a, b) => a + b,
  infinities: 'summed',
  byChannel: false,
  fixed: addFixed,
})

export const Mul: LayerOp<MulNode, MulSpec> & KernelOp<MulSpec> = pair('Mul', {
  kind: 'int-mul',
  f: (a, b) => a * b,
  infinities: 'mixed',
  byChannel: true,
  fixed: mulFixed,
})

/** An op on two activations, element by element: floats by `f`, integers by `f` of what they stand for. */
function pair<Op extends PairSpec['op']>(
  op: Op,
  { kind, f, fixed, infinities, byChannel }: Definition,
): LayerOp<NodeOf<Op>, SpecOf<Op> & Rescaling> & KernelOp<SpecOf<Op> & Rescaling> {
  return {
    weighted: false,
    clamp: 'fused',
    infinities,
    gain: 'lost',
    precisions: PRECISIONS,
    shape: (node, [a, b]) => broadcast(node, a, b),
    spec: (node, tensors) => {
      const [a, b] = tensors.inputs.map(({ shape }) => shape)
      const isFactor = byChannel && b.length === 4 && sameShape(b, [a[0], a[1], 1, 1])
      if (!sameShape(a, b) && !isFactor)
        fail(
          node,
          `${bracketed(a)} and ${bracketed(b)} must be one shape${byChannel ? ', or the second [N,C,1,1]' : ''}`,
          'widen the smaller of the two to the shape of the other before the model is exported',
        )
      return { op, ...tensors }
    },
    integers: {
      grid: 'own',
      constants: (_, { inputs, output, clamp }) => {
        const [a, b] = inputs.map(({ scale, zeroPoint }) => ({ scale: scale[0], zeroPoint: zeroPoint[0] }))
        const inverseScale = Math.fround(1 / output.scale[0])
        return { kind, a, b, inverseScale, outputZeroPoint: output.zeroPoint[0], clamp }
      },
    },
    sums: () => null,
    compute: (spec, constants, [a, b], output) => {
      const values = new Float64Array(output.data.length)
      // Elements of `a` that one element of `b` meets.
      const run = a.data.length / b.data.length
      if (a.dtype !== 'int8') {
        const [x, y] = [widen(a), widen(b)]
        for (let i = 0; i < values.length; i++) values[i] = f(x[i], y[Math.floor(i / run)])
        return storeFloat(output, values, expectConstants(spec, constants, 'clamp').clamp)
      }
      const c = expectConstants(spec, constants, kind)
      if (spec.fixedPoint !== undefined) return fixed(c, a, b, output, spec.fixedPoint)
      for (let i = 0; i < values.length; i++)
        values[i] = f(
          Math.fround((a.data[i] - c.a.zeroPoint) * c.a.scale),
          Math.fround((b.data[Math.floor(i / run)] - c.b.zeroPoint) * c.b.scale),
        )
      storeInteger(output, values, {
        multiplier: c.inverseScale,
        zeroPoint: c.outputZeroPoint,
        clamp: c.clamp,
      })
    },
    instance: ({ inputs }, { zeroPoints: [a, b] }) =>
      inputs[0].dtype === 'int8'
        ? {
            kind,
            a: { scale: 0.02, zeroPoint: a },
            b: { scale: 0.03, zeroPoint: b },
            inverseScale: 20,
            outputZeroPoint: 5,
            clamp: WHOLE,
          }
        : { kind: 'clamp', clamp: FREE },
  }
}

function broadcast(node: NodeOf<string>, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length)
  const at = (shape: Shape, axis: number): number => shape[axis - (rank - shape.length)] ?? 1
  return Array.from({ length: rank }, (_, axis) => {
    const [p, q] = [at(a, axis), at(b, axis)]
    if (p !== q && p !== 1 && q !== 1)
      fail(
        node,
        `shapes ${shapesOf([a, b])} do not broadcast`,
        'a constant beside a tensor of samples must not depend on the batch size: check the shapes that the model was exported with',
      )
    return Math.max(p, q)
  })
}

/** Bits that `addFixed` shifts its inputs up by. */
const HEADROOM = 20

/**
 * Add in integers alone, as TensorFlow Lite does it: both inputs are shifted up by 20 bits and brought to twice the
 * larger scale by Q31 multipliers, added, and brought to the output's scale by a third. It takes these from doubles
 * of its scales, we from the float32 constants.
 */
function addFixed(
  { a: left, b: right, ...c }: IntPair,
  a: Tensor,
  b: Tensor,
  output: Tensor,
  fixedPoint: FixedPointRounding,
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

/** The product of the integers, rescaled by one multiplier. */
function mulFixed(c: IntPair, a: Tensor, b: Tensor, output: Tensor, fixedPoint: FixedPointRounding): void {
  const run = a.data.length / b.data.length
  const [p, q] = [widen(a, c.a.zeroPoint), widen(b, c.b.zeroPoint)]
  const products = p.map((value, i) => value * q[Math.floor(i / run)])
  const multiplier = Math.fround(Math.fround(c.a.scale * c.b.scale) * c.inverseScale)
  storeInteger(output, products, { multiplier, zeroPoint: c.outputZeroPoint, clamp: c.clamp }, fixedPoint)
}
