import type { Random } from '../statistics/random.ts'
import { elements, type Shape } from '../tensor/tensor.ts'
import { randomTables, randomTensor, specOf, type Case } from './case.ts'
import { expectConstants, type NodeOf, type SpecOf } from './spec.ts'
import { shapesOf, CONTRADICTION, fail } from './message.ts'
import type { Checks, KernelOp, LayerOp } from './record.ts'
import { PRECISION, PRECISIONS } from '../numerics/index.ts'
import { joiningTables } from './table.ts'

export type ConcatNode = NodeOf<'Concat', { readonly axis: number }>

/**
 * Two or more inputs, joined in order. All their sizes are equal except the size of `axis` (counted from 0). Constants:
 * none or int-concat.
 */
export interface ConcatSpec extends SpecOf<'Concat'> {
  readonly axis: number
}

export const Concat: LayerOp<ConcatNode, ConcatSpec> & KernelOp<ConcatSpec> = {
  weighted: false,
  clamp: 'none',
  infinities: 'kept',
  gain: 'lost',
  precisions: PRECISIONS,
  shape: (node, inputs) => {
    const [first] = inputs
    const axis = node.attributes.axis < 0 ? node.attributes.axis + first.length : node.attributes.axis
    const fits = (shape: Shape): boolean =>
      shape.length === first.length && first.every((size, at) => at === axis || shape[at] === size)
    if (axis >= first.length || axis < 0 || !inputs.every(fits))
      fail(node, `shapes ${shapesOf(inputs)} do not join along axis ${node.attributes.axis}`, CONTRADICTION)
    return joined(inputs, axis)
  },
  spec: ({ attributes }, tensors) => {
    const rank = tensors.output.shape.length
    return { op: 'Concat', ...tensors, axis: (attributes.axis + rank) % rank }
  },
  integers: {
    grid: 'own',
    constants: (_, { inputs, output }) => ({ kind: 'int-concat', tables: joiningTables(inputs, output) }),
  },
  sums: () => null,
  // Floats are copied bit by bit; integers go through the table of their input.
  compute: (spec, constants, inputs, output) => {
    const tables = output.dtype === 'int8' ? expectConstants(spec, constants, 'int-concat').tables : undefined
    const outer = elements(spec.output.shape.slice(0, spec.axis))
    const row = output.data.length / outer
    let start = 0
    for (const [index, { data }] of inputs.entries()) {
      const run = data.length / outer
      for (let o = 0; o < outer; o++)
        for (let i = 0; i < run; i++) {
          const value = data[o * run + i]
          output.data[o * row + start + i] = tables === undefined ? value : tables[256 * index + value + 128]
        }
      start += run
    }
  },
  instance: ({ inputs }, { tables }) =>
    inputs[0].dtype === 'int8' ? { kind: 'int-concat', tables: tables(inputs.length) } : { kind: 'none' },
}

function joined(shapes: readonly Shape[], axis: number): Shape {
  const total = shapes.reduce((sum, shape) => sum + shape[axis], 0)
  return shapes[0].map((size, at) => (at === axis ? total : size))
}

export const ConcatChecks: Checks<ConcatSpec> = { bound: 'exact', cases, ties: () => [] }

/** The joined shapes, and the axis. */
const JOINS: readonly (readonly [title: string, axis: number, ...shapes: Shape[]])[] = [
  ['ragged channels', 1, [2, 3, 5, 4], [2, 6, 5, 4]],
  ['whole blocks of channels', 1, [1, 8, 3, 3], [1, 4, 3, 3]],
  ['three', 1, [1, 1, 2, 5], [1, 2, 2, 5], [1, 5, 2, 5]],
  ['rows', 2, [2, 5, 3, 4], [2, 5, 1, 4]],
  ['columns', 3, [1, 3, 2, 4], [1, 3, 2, 3]],
  ['features', 1, [3, 7], [3, 10]],
  ['images', 0, [1, 5, 2, 2], [2, 5, 2, 2]],
]

function* cases(random: Random): Generator<Case<ConcatSpec>> {
  for (const precision of PRECISIONS)
    for (const [title, axis, ...shapes] of JOINS) {
      const dtype = PRECISION[precision].dtype
      const inputs = shapes.map((shape) => specOf(dtype, shape))
      yield {
        name: `Concat ${precision}: ${title}`,
        spec: { op: 'Concat', inputs, output: specOf(dtype, joined(shapes, axis)), axis },
        constants:
          precision === 'int8'
            ? { kind: 'int-concat', tables: randomTables(random, shapes.length) }
            : { kind: 'none' },
        inputs: inputs.map((spec) => randomTensor(random, spec)),
      }
    }
}
