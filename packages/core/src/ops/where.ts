import { FLOAT_PRECISIONS, PRECISION } from '../numerics/index.ts'
import type { Random } from '../statistics/random.ts'
import { elements, type Shape } from '../tensor/tensor.ts'
import { floatTensor, randomTensor, specOf, type Case } from './case.ts'
import { widen } from './compute/values.ts'
import { nanCases } from './nan.ts'
import { meeting } from './pair/broadcast.ts'
import { broadcast, expectBroadcast } from './pair/pair.ts'
import type { Checks, KernelOp, LayerOp } from './record.ts'
import type { NodeOf, SpecOf } from './spec.ts'

/** Selects from two tensors: the first's value if a condition is not 0, else the second's value. */
export type WhereNode = NodeOf<'Where'>

/**
 * A condition of floats and two tensors, all of one rank; each axis is the output's or 1. A condition is false if it is
 * 0 of either sign. Values are copied bit by bit. Constants: none.
 */
export interface WhereSpec extends SpecOf<'Where'> {}

/** Floats only: the grids of the two tensors differ. */
export const Where: LayerOp<WhereNode, WhereSpec> & KernelOp<WhereSpec> = {
  weighted: false,
  clamp: 'none',
  infinities: 'kept',
  gain: 'lost',
  integers: null,
  precisions: FLOAT_PRECISIONS,
  shape: (node, [condition, a, b]) => broadcast(node, condition, broadcast(node, a, b)),
  spec: (node, tensors) => {
    expectBroadcast(node, tensors)
    return { op: 'Where', ...tensors }
  },
  sums: () => null,
  compute: (spec, _, [condition, a, b], output) => {
    const [inCondition, inA, inB] = spec.inputs.map(({ shape }) => meeting(shape, spec.output.shape))
    const holds = widen(condition)
    for (let i = 0; i < output.data.length; i++)
      output.data[i] = holds[inCondition[i]] !== 0 ? a.data[inA[i]] : b.data[inB[i]]
  },
  instance: () => ({ kind: 'none' }),
}

export const WhereChecks: Checks<WhereSpec> = { bound: 'exact', cases, ties: () => [] }

/** Shapes of the condition, of both tensors, and of the output. */
const SHAPES: readonly (readonly [Shape, Shape, Shape, Shape])[] = [
  [
    [3, 10],
    [3, 10],
    [3, 10],
    [3, 10],
  ],
  [
    [1, 10],
    [3, 10],
    [1, 1],
    [3, 10],
  ],
  [
    [2, 1, 5, 7],
    [2, 3, 5, 7],
    [1, 3, 1, 1],
    [2, 3, 5, 7],
  ],
  [
    [1, 1, 5, 5],
    [2, 9, 5, 5],
    [1, 1, 1, 1],
    [2, 9, 5, 5],
  ],
  [
    [2, 8, 1],
    [1, 8, 4],
    [2, 1, 4],
    [2, 8, 4],
  ],
]

function* cases(random: Random): Generator<Case<WhereSpec>> {
  for (const precision of FLOAT_PRECISIONS)
    for (const shapes of SHAPES) {
      const [condition, a, b, output] = shapes.map((shape) => specOf(PRECISION[precision].dtype, shape))
      const holds = Float32Array.from(
        { length: elements(condition.shape) },
        () => [0, 1, -0, -2][random.below(4)],
      )
      yield {
        name: `Where ${precision}: ${shapes.map((shape) => shape.join('x')).join(', ')}`,
        spec: { op: 'Where', inputs: [condition, a, b], output },
        constants: { kind: 'none' },
        inputs: [
          floatTensor(output.dtype, condition.shape, holds),
          randomTensor(random, a),
          randomTensor(random, b),
        ],
      }
    }
  yield* nanCases(({ image }) => [
    { op: 'Where', inputs: [image, image, image], output: image },
    { kind: 'none' },
  ])
}
