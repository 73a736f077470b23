import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Random } from '@octet/core/statistics'
import type { Matrix } from '@octet/core/training'
import { multiply, transpose } from '../src/gradients/matrix.ts'

const size = fc.integer({ min: 1, max: 9 })

describe('multiply', () => {
  test('equals the sum of products for any shape, layout, alpha and addend', () => {
    fc.assert(
      fc.property(
        size,
        size,
        size,
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        fc.integer(),
        (m, n, k, ...rest) => {
          const [transA, transB, add, seed] = rest
          const random = new Random(seed)
          const a = integers(random, m, k, transA)
          const b = integers(random, k, n, transB)
          const c = integers(random, m, n, false)
          const alpha = random.below(5) - 2
          const expected = Array.from({ length: m * n }, (_, at) => {
            const [i, j] = [Math.floor(at / n), at % n]
            let sum = 0
            for (let p = 0; p < k; p++) sum += element(a, i, p) * element(b, p, j)
            return alpha * sum + (add ? element(c, i, j) : 0)
          })
          multiply(c, a, b, { alpha, add })
          // Small integers: float32 is exact, and so must the result be.
          const results = Array.from({ length: m * n }, (_, at) => element(c, Math.floor(at / n), at % n))
          expect(results.map((value) => value + 0)).toEqual(expected.map((value) => value + 0))
        },
      ),
    )
  })
})

function element({ data, offset, rowStep, columnStep }: Matrix, i: number, j: number): number {
  return data[offset + i * rowStep + j * columnStep]
}

/** Small integers, behind an offset and with a gap after each stored row. */
function integers(random: Random, rows: number, columns: number, transposed: boolean): Matrix {
  const [stored, length] = transposed ? [columns, rows] : [rows, columns]
  const rowStep = length + 2
  const data = Float32Array.from({ length: 3 + stored * rowStep }, () => random.below(31) - 15)
  const matrix = { data, offset: 3, rows: stored, columns: length, rowStep, columnStep: 1 }
  return transposed ? transpose(matrix) : matrix
}
