import { expect, test } from 'vitest'
import { cosineSimilarity, normalizedL2, sqnrDb } from '../../src/sensitivity/fidelity.ts'
import { goldenTest, type GoldenTensor } from '../numerics/golden.ts'

type Floats = GoldenTensor<Float32Array>

goldenTest<{
  metrics: { x: Floats; y: Floats; sqnr_db: number; normalized_l2: number; cosine: number }[]
}>('SQNR, normalized L2 and cosine are those recorded', 'ptq_transforms.json', ({ metrics }) => {
  expect(metrics.length).toBeGreaterThan(0)
  for (const { x, y, sqnr_db, normalized_l2, cosine } of metrics) {
    const close = (actual: number, wanted: number, floor = 0): void =>
      expect(Math.abs(actual - wanted)).toBeLessThanOrEqual(1e-5 * Math.max(floor, Math.abs(wanted)))
    // Decibels go through zero.
    close(sqnrDb(x.data, y.data), sqnr_db, 1)
    close(normalizedL2(x.data, y.data), normalized_l2)
    close(cosineSimilarity(x.data, y.data), cosine)
  }
})

test('equal signals have no noise, and noise on silence is infinitely loud', () => {
  expect(sqnrDb([1, -2], [1, -2])).toBe(Infinity)
  expect(normalizedL2([1, -2], [1, -2])).toBe(0)
  expect(cosineSimilarity([1, -2], [2, -4])).toBeCloseTo(1, 12)
  expect(sqnrDb([0, 0], [0, 1])).toBe(-Infinity)
})
