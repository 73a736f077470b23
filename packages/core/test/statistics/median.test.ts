import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FEWEST_SAMPLES, mad, median, medianInterval } from '../../src/statistics/index.ts'

const times = fc.array(fc.double({ min: 1, max: 1e9, noNaN: true }), {
  minLength: FEWEST_SAMPLES,
  maxLength: 200,
})
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1)

describe('median', () => {
  test('is the middle value, or the mean of the two middle ones', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 3, 2])).toBe(2.5)
  })

  test('the median absolute deviation of 1, 1, 2, 2, 4, 6, 9 is 1', () => {
    expect(mad([1, 1, 2, 2, 4, 6, 9])).toBe(1)
  })

  // Ranks from the binomial tables, e.g. Conover, Practical Nonparametric Statistics, A3.
  test.each([
    [6, [1, 6]],
    [8, [1, 8]],
    [9, [2, 8]],
    [10, [2, 9]],
    [20, [6, 15]],
    [50, [18, 33]],
    [100, [40, 61]],
  ])('of %i values the 95%% interval has the ranks of the binomial table', (n, ranks) => {
    expect(medianInterval(range(n))).toEqual(ranks)
  })

  test('five values cannot give a 95% interval', () => {
    expect(() => medianInterval(range(5))).toThrow(RangeError)
  })

  test('the interval holds the median and does not depend on order', () => {
    fc.assert(
      fc.property(times, (values) => {
        const [lo, hi] = medianInterval(values)
        expect(lo).toBeLessThanOrEqual(median(values))
        expect(hi).toBeGreaterThanOrEqual(median(values))
        expect(medianInterval(values.toReversed())).toEqual([lo, hi])
      }),
    )
  })

  test('the interval covers the true median in at least 95% of seeded draws', () => {
    let state = 1
    const uniform = (): number => (state = (state * 48271) % 2147483647) / 2147483647
    let covered = 0
    for (let draw = 0; draw < 2000; draw++) {
      const [lo, hi] = medianInterval(Array.from({ length: 25 }, uniform))
      if (lo <= 0.5 && 0.5 <= hi) covered++
    }
    expect(covered / 2000).toBeGreaterThan(0.94)
  })
})
