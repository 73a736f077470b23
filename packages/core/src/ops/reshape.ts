import type { Random } from '../statistics/random.ts'
import { elements, type Shape } from '../tensor/tensor.ts'
import { randomTensor, specOf, type Case } from './case.ts'
import { bracketed, fail } from './message.ts'
import type { NodeOf, SpecOf } from './spec.ts'
import type { Checks, KernelOp, LayerOp } from './record.ts'
import { PRECISION, PRECISIONS } from '../numerics/index.ts'

export type FlattenNode = NodeOf<'Flatten', { readonly axis: number }>
/** `shape` as in ONNX: 0 copies the size, -1 is inferred. */
export type ReshapeNode = NodeOf<'Reshape', { readonly shape: readonly number[] }>

/** Row-major reinterpretation, for Flatten and Reshape. Constants: none. */
export interface ReshapeSpec extends SpecOf<'Reshape'> {}

const MOVES: Omit<LayerOp<FlattenNode | ReshapeNode, ReshapeSpec>, 'shape'> = {
  weighted: false,
  clamp: 'none',
  infinities: 'kept',
  gain: 'reshaped',
  spec: (_, tensors) => ({ op: 'Reshape', ...tensors }),
  integers: { grid: 'input', constants: () => ({ kind: 'none' }) },
}

export const Flatten: LayerOp<FlattenNode, ReshapeSpec> = {
  ...MOVES,
  shape: ({ attributes }, [x]) => {
    const axis = attributes.axis < 0 ? attributes.axis + x.length : attributes.axis
    return [elements(x.slice(0, axis)), elements(x.slice(axis))]
  },
}

export const Reshape: LayerOp<ReshapeNode, ReshapeSpec> & KernelOp<ReshapeSpec> = {
  ...MOVES,
  shape: (node, [x]) => {
    const wanted = node.attributes.shape
    const shape = wanted.map((size, axis) => (size === 0 ? x[axis] : size))
    const hole = shape.indexOf(-1)
    if (hole >= 0) shape[hole] = elements(x) / -elements(shape)
    if (elements(shape) !== elements(x) || shape.some((size) => !Number.isInteger(size)))
      fail(
        node,
        `${bracketed(x)} does not reshape to ${bracketed(wanted)}`,
        'write the batch size as 0 or -1 where a shape is given',
      )
    return shape
  },
  precisions: PRECISIONS,
  sums: () => null,
  compute: (_, __, [x], y) => y.data.set(x.data),
  instance: () => ({ kind: 'none' }),
}

export const ReshapeChecks: Checks<ReshapeSpec> = { bound: 'exact', cases, ties: () => [] }

const SHAPES: readonly (readonly [from: Shape, to: Shape])[] = [
  [
    [2, 3, 5, 7],
    [2, 105],
  ],
  [
    [2, 8, 3, 3],
    [2, 72],
  ],
  [
    [2, 5, 1, 1],
    [2, 5],
  ],
  [
    [2, 24],
    [2, 6, 2, 2],
  ],
  [
    [1, 6, 4, 2],
    [1, 4, 3, 4],
  ],
]

function* cases(random: Random): Generator<Case<ReshapeSpec>> {
  for (const precision of PRECISIONS)
    for (const shapes of SHAPES) {
      const [from, to] = shapes.map((shape) => specOf(PRECISION[precision].dtype, shape))
      yield {
        name: `Reshape ${precision}: ${from.shape.join('x')} to ${to.shape.join('x')}`,
        spec: { op: 'Reshape', inputs: [from], output: to },
        constants: { kind: 'none' },
        inputs: [randomTensor(random, from)],
      }
    }
}
