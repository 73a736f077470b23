import { PRECISION, PRECISIONS } from '../../numerics/index.ts'
import type { Random } from '../../statistics/random.ts'
import type { Shape } from '../../tensor/tensor.ts'
import { randomTables, randomTensor, specOf, type Case } from '../case.ts'
import { nanCases } from '../nan.ts'
import type { Checks } from '../record.ts'
import { OUTSIDE, straight, strideOf, taking, type MoveSpec } from './move.ts'

export const MoveChecks: Checks<MoveSpec> = { bound: 'exact', cases, ties: () => [] }

/** The moved tensor, and for each axis of the output its offsets in that tensor. */
type Instance = readonly [title: string, x: Shape, offsets: readonly (readonly number[])[]]

/** Moves of every rank and kind: whole pixels, parts of channels, channels moved among positions, and fills. */
const INSTANCES: readonly Instance[] = [
  ['turned row', [7], [[6, 5, 4, 3, 2, 1, 0]]],
  ['scalar repeated', [1], [[0, 0, 0]]],
  ['matrix transposed', [5, 9], transposed([5, 9], [1, 0])],
  ['features padded', [3, 10], sliced([3, 10], [1, -2, 14])],
  ['samples left out', [3, 9], sliced([3, 9], [0, 1, 3])],
  ['sequence transposed', [2, 5, 11], transposed([2, 5, 11], [0, 2, 1])],
  ['every second step', [2, 8, 9], sliced([2, 8, 9], [2, 0, 9, 2])],
  ['whole rows', [2, 8, 6, 5], sliced([2, 8, 6, 5], [2, 1, 5])],
  ['whole pixels of three channels padded', [2, 3, 4, 5], sliced([2, 3, 4, 5], [2, -1, 6], [3, -2, 6])],
  ['ragged channels padded', [1, 11, 3, 4], sliced([1, 11, 3, 4], [2, -1, 4], [3, 0, 6])],
  ['middle channels', [2, 12, 3, 4], sliced([2, 12, 3, 4], [1, 3, 8])],
  ['channels padded', [1, 5, 2, 3], sliced([1, 5, 2, 3], [1, -3, 9])],
  ['backwards', [1, 8, 3, 5], sliced([1, 8, 3, 5], [3, 4, -1, -1], [1, 7, -1, -1])],
  ['to channels last', [2, 5, 3, 4], transposed([2, 5, 3, 4], [0, 2, 3, 1])],
  ['to channels first', [2, 3, 4, 9], transposed([2, 3, 4, 9], [0, 3, 1, 2])],
  ['images among channels', [3, 4, 2, 5], transposed([3, 4, 2, 5], [1, 0, 3, 2])],
  ['nearest, twice as large', [1, 9, 3, 4], stretched([1, 9, 3, 4], 2)],
  ['zeros inserted', [2, 8, 3, 4], inserted([2, 8, 3, 4], 2)],
  ['image repeated', [1, 6, 2, 3], [[0, 0, 0], ...straightFrom([1, 6, 2, 3], 1)]],
  ['depth to space', [1, 8, 3, 2], depthToSpace([1, 8, 3, 2])],
  ['rank 5 transposed', [1, 3, 2, 4, 5], transposed([1, 3, 2, 4, 5], [0, 1, 4, 2, 3])],
  ['rank 5 of long channels', [2, 16, 2, 2, 3], sliced([2, 16, 2, 2, 3], [4, 0, 2], [2, 1, 2])],
  ['rank 6 transposed', [1, 2, 3, 2, 2, 4], transposed([1, 2, 3, 2, 2, 4], [0, 3, 5, 1, 4, 2])],
  ['to a higher rank', [4, 3], [[0, 0], straight([4, 3], 0), straight([4, 3], 1)]],
]

/** The cases that are also tried with a table. */
const REGRIDDED: ReadonlySet<string> = new Set(['ragged channels padded', 'whole rows', 'to channels last'])

function transposed(x: Shape, perm: readonly number[]): number[][] {
  return perm.map((axis) => straight(x, axis))
}

/** Positions from `start` to before `end` by `step` along some axes. Positions outside the axis count as outside. */
function sliced(
  x: Shape,
  ...parts: readonly (readonly [axis: number, start: number, end: number, step?: number])[]
): number[][] {
  const places = parts.map(([axis, start, end, step = 1]) => {
    const length = Math.ceil((end - start) / step)
    const all = Array.from({ length }, (_, i) => start + i * step)
    return [axis, all.map((place) => (place < x[axis] ? place : OUTSIDE))] as const
  })
  return taking(x, new Map(places))
}

function stretched(x: Shape, times: number): number[][] {
  const places = (axis: number): number[] =>
    Array.from({ length: x[axis] * times }, (_, i) => Math.floor(i / times))
  return taking(x, new Map([2, 3].map((axis) => [axis, places(axis)])))
}

function inserted(x: Shape, stride: number): number[][] {
  const places = (axis: number): number[] =>
    Array.from({ length: (x[axis] - 1) * stride + 1 }, (_, i) => (i % stride === 0 ? i / stride : OUTSIDE))
  return taking(x, new Map([2, 3].map((axis) => [axis, places(axis)])))
}

function straightFrom(x: Shape, first: number): number[][] {
  return x.slice(first).map((_, i) => straight(x, first + i))
}

/** Blocks of 2 by 2. Rows and columns of the output also step along channels. */
function depthToSpace(x: Shape): number[][] {
  const [plane, channels] = [strideOf(x, 1), x[1] / 4]
  const within = (size: number, stride: number, block: number): number[] =>
    Array.from({ length: 2 * size }, (_, i) => Math.floor(i / 2) * stride + (i % 2) * block * plane)
  return [
    straight(x, 0),
    Array.from({ length: channels }, (_, c) => c * plane),
    within(x[2], x[3], 2 * channels),
    within(x[3], 1, channels),
  ]
}

function* cases(random: Random): Generator<Case<MoveSpec>> {
  for (const precision of PRECISIONS)
    for (const [title, x, offsets] of INSTANCES)
      for (const regrids of precision === 'int8' && REGRIDDED.has(title) ? [false, true] : [false]) {
        const spec = specFor(x, offsets, PRECISION[precision].dtype)
        yield {
          name: `Move ${precision}: ${title}${regrids ? ', onto another grid' : ''}`,
          spec: regrids ? { ...spec, regrids } : spec,
          constants: {
            kind: 'move',
            offsets: tablesOf(offsets),
            fill: precision === 'int8' ? -37 : random.below(2) * -1.5,
            ...(regrids && { table: randomTables(random, 1) }),
          },
          inputs: [randomTensor(random, spec.inputs[0])],
        }
      }
  yield* nanCases(({ image: { dtype, shape } }) => {
    const offsets = transposed(shape, [0, 2, 3, 1])
    const constants = { kind: 'move', offsets: tablesOf(offsets), fill: 0 } as const
    return [specFor(shape, offsets, dtype), constants]
  })
}

function specFor(x: Shape, offsets: Instance[2], dtype: MoveSpec['output']['dtype']): MoveSpec {
  const y = offsets.map(({ length }) => length)
  return { op: 'Move', inputs: [specOf(dtype, x)], output: specOf(dtype, y) }
}

function tablesOf(offsets: Instance[2]): Int32Array[] {
  return offsets.map((axis) => Int32Array.from(axis))
}
