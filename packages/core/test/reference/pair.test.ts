import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { qparamsFromRange, AFFINE_INT8, rint, type QParams } from '../../src/numerics/index.ts'
import { PAIRS } from '../../src/ops/pair/pair.ts'
import type { PairName } from '../../src/ops/pair/functions.ts'
import { tensor } from '../../src/tensor/tensor.ts'

const { fround } = Math

/** Each of the 256 integers as a and each as b, by an op's own constants. */
function computed(op: PairName, a: QParams, b: QParams, y: QParams): Int8Array {
  const spec = {
    op,
    inputs: [
      { dtype: 'int8', shape: [256, 1] },
      { dtype: 'int8', shape: [1, 256] },
    ],
    output: { dtype: 'int8', shape: [256, 256] },
  } as const
  const node = { op, name: 'n', inputs: ['a', 'b'], output: 'y', attributes: null } as const
  const grids = { inputs: [a, b], output: y, clamp: [y.qmin, y.qmax], weights: undefined } as const
  const record = PAIRS[op] as (typeof PAIRS)['Sub']
  const constants = record.integers!.constants(node as never, grids, spec as never)
  const all = Int8Array.from({ length: 256 }, (_, i) => i - 128)
  const output = tensor('int8', [256, 256])
  const inputs = [tensor('int8', [256, 1], all), tensor('int8', [1, 256], all)]
  record.compute(spec as never, constants, inputs, output)
  return output.data
}

const grid = fc
  .tuple(fc.double({ min: -20, max: 20, noNaN: true }), fc.double({ min: 0.01, max: 20, noNaN: true }))
  .map(([min, width]) => qparamsFromRange({ min, max: min + width }, AFFINE_INT8))

const FUNCTIONS = {
  Sub: (a: number, b: number): number => a - b,
  Min: Math.min,
  Max: Math.max,
}

test.each(['Sub', 'Min', 'Max'] as const)(
  '%s of integers is the rounded result of what they stand for',
  (op) => {
    fc.assert(
      fc.property(grid, grid, grid, (a, b, y) => {
        const real = (q: number, { scale, zeroPoint }: QParams): number =>
          fround((q - zeroPoint[0]) * scale[0])
        const inverse = fround(1 / y.scale[0])
        const expected = Int8Array.from({ length: 65_536 }, (_, i) => {
          const exact = FUNCTIONS[op](real((i >> 8) - 128, a), real((i & 255) - 128, b))
          const q = rint(fround(fround(exact) * inverse)) + y.zeroPoint[0]
          return Math.min(Math.max(q, y.qmin), y.qmax)
        })
        expect(isDeepStrictEqual(computed(op, a, b, y), expected)).toBe(true)
      }),
      { numRuns: 5 },
    )
  },
)
