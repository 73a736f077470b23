import { expect, test } from 'vitest'
import { sqnrDb } from '../../src/sensitivity/fidelity.ts'
import { goldenTest, type GoldenTensor } from '../numerics/golden.ts'

type Floats = GoldenTensor<Float32Array>

goldenTest<{ metrics: { x: Floats; y: Floats; sqnr_db: number; normalized_l2: number }[] }>(
  'SQNR is that recorded, and that of the recorded normalized L2',
  'ptq_transforms.json',
  ({ metrics }) => {
    expect(metrics.length).toBeGreaterThan(0)
    for (const { x, y, sqnr_db, normalized_l2 } of metrics) {
      const ratio = sqnrDb(x.data, y.data)
      // Decibels go through zero.
      expect(Math.abs(ratio - sqnr_db)).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(sqnr_db)))
      expect(Math.abs(10 ** (-ratio / 20) - normalized_l2)).toBeLessThanOrEqual(1e-5 * normalized_l2)
    }
  },
)

test('equal signals have no noise, and noise on silence is infinitely loud', () => {
  expect(sqnrDb([1, -2], [1, -2])).toBe(Infinity)
  expect(sqnrDb([0, 0], [0, 1])).toBe(-Infinity)
})
