import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { features } from '../../src/task/features.ts'

describe('features', () => {
  test("score the mean cosine to FP32's outputs, and lose the distance to 1", () => {
    const fp32 = Float32Array.of(1, 0, /**/ 0, 2)
    const ours = Float32Array.of(2, 0, /**/ 2, 2)
    const [tally, own] = [ours, fp32].map((outputs) => features.tally(outputs, fp32, 2))
    expect([...tally.marks]).toEqual([1, expect.closeTo(Math.SQRT1_2, 12)])
    expect(own.value).toBe(1)
    expect(features.lossOf(tally, own).loss).toBeCloseTo((1 - Math.SQRT1_2) / 2, 12)
    const zero = new Float32Array(4)
    expect(features.tally(zero, zero, 2).value).toBe(1)
    expect(features.tally(zero, fp32, 2).value).toBe(0)
  })

  test('do not see the length of a vector, and have an interval around the loss', () => {
    const vectors = fc.array(fc.float({ min: -10, max: 10, noNaN: true }), { minLength: 12, maxLength: 12 })
    fc.assert(
      fc.property(vectors, vectors, (theirs, others) => {
        const [fp32, outputs] = [theirs, others].map((values) => Float32Array.from(values))
        const tally = features.tally(outputs, fp32, 4)
        const longer = features.tally(
          outputs.map((value) => 4 * value),
          fp32,
          4,
        )
        for (const [i, mark] of longer.marks.entries()) expect(mark).toBeCloseTo(tally.marks[i], 9)
        const { loss, ci95 } = features.lossOf(tally, features.tally(fp32, fp32, 4))
        expect(ci95[0]).toBeLessThanOrEqual(loss + 1e-12)
        expect(ci95[1]).toBeGreaterThanOrEqual(loss - 1e-12)
      }),
      { numRuns: 30 },
    )
  })
})
