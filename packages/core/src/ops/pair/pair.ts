import { FLOAT_PRECISIONS, PRECISIONS } from '../../numerics/index.ts'
import type { Shape } from '../../tensor/tensor.ts'
import { FREE } from '../case.ts'
import { storeFloat, widen } from '../compute/values.ts'
import { bracketed, CONTRADICTION, fail, shapesOf } from '../message.ts'
import type { KernelOp, LayerOp, Tensors } from '../record.ts'
import { expectConstants, type NodeOf, type Rescaling, type SpecOf } from '../spec.ts'
import { broadcastsTo, meeting } from './broadcast.ts'
import { FUNCTIONS, type PairName } from './functions.ts'

/**
 * Two inputs of one rank that broadcast to the output: each size is the output's or 1. Constants: clamp. On int8:
 * int-add for Add and Sub, int-mul for Mul, int-select for Min and Max.
 */
export type PairSpecBy<Op extends PairName> = SpecOf<Op> & Rescaling
export type PairSpec = { [Op in PairName]: PairSpecBy<Op> }[PairName]
export type PairNode<Op extends PairName = PairName> = { [O in Op]: NodeOf<O> }[Op]

export type PairOps = {
  readonly [Op in PairName]: LayerOp<NodeOf<Op>, PairSpecBy<Op>> & KernelOp<PairSpecBy<Op>>
}

export const PAIRS: PairOps = forEachPair(pair) as PairOps

/** A record with the result of `make` for each op on two tensors. */
export function forEachPair(make: (op: PairName) => unknown): { readonly [Op in PairName]: unknown } {
  return Object.fromEntries(Object.keys(FUNCTIONS).map((op) => [op, make(op as PairName)])) as never
}

/** An op on two tensors, element by element: on floats, and on integers if it has an integer form. */
function pair<Op extends PairName>(op: Op): PairOps[Op] {
  const { f, infinities, integers } = FUNCTIONS[op]
  const record: LayerOp<NodeOf<Op>, PairSpecBy<Op>> & KernelOp<PairSpecBy<Op>> = {
    weighted: false,
    clamp: 'fused',
    infinities,
    gain: 'lost',
    precisions: integers === null ? FLOAT_PRECISIONS : PRECISIONS,
    shape: (node, [a, b]) => broadcast(node, a, b),
    spec: (node, tensors) => {
      expectBroadcast(node, tensors)
      return { op, ...tensors } as never
    },
    integers: integers && { grid: 'own', constants: (_, grids) => integers.constants(grids) },
    sums: () => null,
    compute: (spec, constants, inputs, output) => {
      const places = spec.inputs.map(({ shape }) => meeting(shape, spec.output.shape))
      if (inputs[0].dtype === 'int8') return integers!.compute(spec, constants, inputs, places, output)
      const { clamp } = expectConstants(spec, constants, 'clamp')
      const [a, b] = inputs.map((input) => widen(input))
      const [inA, inB] = places
      const values = new Float64Array(output.data.length)
      for (let i = 0; i < values.length; i++) values[i] = f(a[inA[i]], b[inB[i]])
      storeFloat(output, values, clamp)
    },
    instance: ({ inputs }, draw) =>
      inputs[0].dtype === 'int8' ? integers!.instance(draw) : { kind: 'clamp', clamp: FREE },
  }
  return record as PairOps[Op]
}

/** @throws OctetError if an input of a node does not broadcast to its output. */
export function expectBroadcast(node: NodeOf<string>, { inputs, output }: Tensors): void {
  for (const { shape } of inputs)
    if (!broadcastsTo(shape, output.shape))
      fail(node, `${bracketed(shape)} does not broadcast to ${bracketed(output.shape)}`, CONTRADICTION)
}

/**
 * The common shape of two broadcast shapes.
 * @throws OctetError if they do not broadcast.
 */
export function broadcast(node: NodeOf<string>, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length)
  const at = (shape: Shape, axis: number): number => shape[axis - (rank - shape.length)] ?? 1
  return Array.from({ length: rank }, (_, axis) => {
    const [p, q] = [at(a, axis), at(b, axis)]
    if (p !== q && p !== 1 && q !== 1)
      fail(
        node,
        `shapes ${shapesOf([a, b])} do not broadcast`,
        'a constant beside a tensor of samples must not depend on the batch size: check the shapes that ' +
          'the model was exported with',
      )
    return Math.max(p, q)
  })
}
