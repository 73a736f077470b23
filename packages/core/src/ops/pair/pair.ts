import { type FixedPointRounding, PRECISIONS } from '../../numerics/index.ts'
import { tensor, type Shape, type Tensor } from '../../tensor/tensor.ts'
import { broadcastsTo, meeting } from './broadcast.ts'
import { FREE, WHOLE } from '../case.ts'
import { storeFloat, storeInteger, widen, rescaleTo } from '../compute/values.ts'
import { expectConstants, type NodeOf, type Constants, type Rescaling, type SpecOf } from '../spec.ts'
import { bracketed, CONTRADICTION, shapesOf, fail } from '../message.ts'
import type { Infinities, KernelOp, LayerOp, Tensors } from '../record.ts'

/** Two inputs of one rank that broadcast to the output: each size is the output's or 1. Constants: clamp or int-add. */
export interface AddSpec extends SpecOf<'Add'>, Rescaling {}
/** As Add. Constants: clamp or int-mul. */
export interface MulSpec extends SpecOf<'Mul'>, Rescaling {}
export type PairSpec = AddSpec | MulSpec

export type AddNode = NodeOf<'Add'>
export type MulNode = NodeOf<'Mul'>

type IntPair = Extract<Constants, { kind: 'int-add' | 'int-mul' }>

/** What one op does to two numbers. */
interface Definition {
  /** Its constants for int8. */
  readonly kind: IntPair['kind']
  readonly f: (a: number, b: number) => number
  readonly infinities: Infinities
  /** int8 by Q31 multipliers. */
  readonly fixed: (c: IntPair, a: Tensor, b: Tensor, y: Tensor, by: FixedPointRounding) => void
}

export const Add: LayerOp<AddNode, AddSpec> & KernelOp<AddSpec> = pair('Add', {
  kind: 'int-add',
  f: (a, b) => a + b,
  infinities: 'summed',
  fixed: addFixed,
})

export const Mul: LayerOp<MulNode, MulSpec> & KernelOp<MulSpec> = pair('Mul', {
  kind: 'int-mul',
  f: (a, b) => a * b,
  infinities: 'mixed',
  fixed: mulFixed,
})

/** An op on two activations, element by element: floats by `f`, integers by `f` of what they stand for. */
function pair<Op extends PairSpec['op']>(
  op: Op,
  { kind, f, fixed, infinities }: Definition,
): LayerOp<NodeOf<Op>, SpecOf<Op> & Rescaling> & KernelOp<SpecOf<Op> & Rescaling> {
  return {
    weighted: false,
    clamp: 'fused',
    infinities,
    gain: 'lost',
    precisions: PRECISIONS,
    shape: (node, [a, b]) => broadcast(node, a, b),
    spec: (node, tensors) => {
      expectBroadcast(node, tensors)
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
      const [inA, inB] = spec.inputs.map(({ shape }) => meeting(shape, spec.output.shape))
      if (a.dtype !== 'int8') {
        const [x, y] = [widen(a), widen(b)]
        for (let i = 0; i < values.length; i++) values[i] = f(x[inA[i]], y[inB[i]])
        return storeFloat(output, values, expectConstants(spec, constants, 'clamp').clamp)
      }
      const c = expectConstants(spec, constants, kind)
      if (spec.fixedPoint !== undefined)
        return fixed(c, gathered(a, inA), gathered(b, inB), output, spec.fixedPoint)
      for (let i = 0; i < values.length; i++)
        values[i] = f(
          Math.fround((a.data[inA[i]] - c.a.zeroPoint) * c.a.scale),
          Math.fround((b.data[inB[i]] - c.b.zeroPoint) * c.b.scale),
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

/** The elements of `x` at these places. */
function gathered(x: Tensor, places: Uint32Array): Tensor<'int8'> {
  return tensor(
    'int8',
    [places.length],
    Int8Array.from(places, (place) => x.data[place]),
  )
}

/** @throws OctetError where an input of a node does not broadcast to its output. */
export function expectBroadcast(node: NodeOf<string>, { inputs, output }: Tensors): void {
  for (const { shape } of inputs)
    if (!broadcastsTo(shape, output.shape))
      fail(node, `${bracketed(shape)} does not broadcast to ${bracketed(output.shape)}`, CONTRADICTION)
}

/** The shape that two broadcast to. @throws OctetError where they do not. */
export function broadcast(node: NodeOf<string>, a: Shape, b: Shape): Shape {
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
  const [p, q] = [widen(a, c.a.zeroPoint), widen(b, c.b.zeroPoint)]
  const products = p.map((value, i) => value * q[i])
  const multiplier = Math.fround(Math.fround(c.a.scale * c.b.scale) * c.inverseScale)
  storeInteger(output, products, { multiplier, zeroPoint: c.outputZeroPoint, clamp: c.clamp }, fixedPoint)
}
