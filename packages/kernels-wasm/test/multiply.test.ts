import type { Matrix } from '@octet/core/training'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import training from '../dist/training.js'

const { multiply } = await training.open()

/** Small integers behind an offset, with gaps between rows; or between columns, when turned. */
function matrix(rows: number, columns: number, turned: boolean, seed: number): Matrix {
  const [stored, length] = turned ? [columns, rows] : [rows, columns]
  const step = length + 3
  let state = seed
  const data = Float32Array.from(
    { length: 2 + stored * step },
    () => ((state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 27) - 15,
  )
  const [rowStep, columnStep] = turned ? [1, step] : [step, 1]
  return { data, offset: 2, rows, columns, rowStep, columnStep }
}

const at = ({ data, offset, rowStep, columnStep }: Matrix, i: number, j: number): number =>
  data[offset + i * rowStep + j * columnStep]

test('products are the sums of products, for any shape, layout, alpha and addend; gaps stay as they were', () => {
  const size = fc.integer({ min: 1, max: 21 })
  const flag = fc.boolean()
  fc.assert(
    fc.property(
      fc.tuple(size, size, size),
      fc.tuple(flag, flag, flag, flag),
      fc.nat(),
      fc.integer({ min: -2, max: 2 }),
      ([m, k, n], [turnA, turnB, turnC, add], seed, alpha) => {
        const [a, b, c] = [
          matrix(m, k, turnA, seed),
          matrix(k, n, turnB, seed + 1),
          matrix(m, n, turnC, seed + 2),
        ]
        const expected = c.data.slice()
        for (let i = 0; i < m; i++)
          for (let j = 0; j < n; j++) {
            let sum = 0
            for (let p = 0; p < k; p++) sum += at(a, i, p) * at(b, p, j)
            expected[c.offset + i * c.rowStep + j * c.columnStep] = alpha * sum + (add ? at(c, i, j) : 0)
          }
        multiply(c, a, b, { alpha, add })
        expect(c.data.map((value) => value + 0)).toEqual(expected.map((value) => value + 0))
      },
    ),
  )
})

test('large products after small ones: memory grows', () => {
  const [a, b] = [matrix(64, 2000, false, 1), matrix(2000, 300, false, 2)]
  const c = matrix(64, 300, false, 3)
  multiply(c, a, b, { alpha: 1, add: false })
  let sum = 0
  for (let p = 0; p < 2000; p++) sum += at(a, 63, p) * at(b, p, 299)
  expect(at(c, 63, 299)).toBe(sum)
})
