import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { MeasuredLoss } from '../../src/statistics/index.ts'
import { pairedDropInterval, samplesForDrop, wilson } from '../../src/statistics/proportion.ts'

describe('wilson', () => {
  // Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
  test.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('of %i in %i is the published interval', (successes, samples, lo, hi) => {
    const interval = wilson(successes, samples)
    expect(interval[0]).toBeCloseTo(lo, 4)
    expect(interval[1]).toBeCloseTo(hi, 4)
  })

  test('stays within 0 and 1 and holds the proportion', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, share) => {
          const successes = Math.round(share * n)
          const [lo, hi] = wilson(successes, n)
          expect(lo).toBeGreaterThanOrEqual(0)
          expect(hi).toBeLessThanOrEqual(1)
          expect(lo).toBeLessThanOrEqual(successes / n)
          expect(hi).toBeGreaterThanOrEqual(successes / n)
        },
      ),
    )
  })

  test('refuses what is not a proportion', () => {
    expect(() => wilson(1, 0)).toThrow(RangeError)
    expect(() => wilson(3, 2)).toThrow(RangeError)
  })
})

describe('interval of a paired drop', () => {
  // By hand: n = 102, lost 9.5, gained 1.5: 8/102 ± 1.96 * sqrt(11 - 64/102) / 102.
  test('is the adjusted Wald interval', () => {
    const [lo, hi] = pairedDropInterval(9, 1, 100)
    expect(lo).toBeCloseTo(8 / 102 - (1.959964 * Math.sqrt(11 - 64 / 102)) / 102, 6)
    expect(hi).toBeCloseTo(8 / 102 + (1.959964 * Math.sqrt(11 - 64 / 102)) / 102, 6)
  })

  test('of two models that agree everywhere is narrow around 0, not empty', () => {
    const [lo, hi] = pairedDropInterval(0, 0, 2000)
    expect(hi).toBeGreaterThan(0)
    expect(hi).toBeLessThan(0.001)
    expect(lo).toBe(-hi)
  })

  test('holds the measured drop, and changes sign when the two models change places', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 500 }),
        fc.integer({ min: 0, max: 500 }),
        fc.integer({ min: 0, max: 500 }),
        (lost, gained, rest) => {
          const samples = lost + gained + rest + 1
          const [lo, hi] = pairedDropInterval(lost, gained, samples)
          const drop = (lost - gained) / samples
          expect(lo).toBeLessThanOrEqual(drop)
          expect(hi).toBeGreaterThanOrEqual(drop)
          const [otherLo, otherHi] = pairedDropInterval(gained, lost, samples)
          expect(otherLo).toBeCloseTo(-hi, 12)
          expect(otherHi).toBeCloseTo(-lo, 12)
        },
      ),
    )
  })

  test('refuses more outcomes than samples', () => {
    expect(() => pairedDropInterval(3, 3, 5)).toThrow(RangeError)
  })
})

describe('samplesForDrop', () => {
  const measured = (lost: number, gained: number, samples: number): MeasuredLoss => ({
    loss: (lost - gained) / samples,
    ci95: pairedDropInterval(lost, gained, samples),
    samples,
  })

  test('so many samples with the same shares lost and gained show it, and a tenth fewer do not', () => {
    fc.assert(
      fc.property(
        fc.record({ gained: fc.integer({ min: 0, max: 40 }), more: fc.integer({ min: 0, max: 9 }) }),
        fc.integer({ min: 1000, max: 5000 }),
        fc.constantFrom(0.01, 0.02, 0.05),
        ({ gained, more }, samples, goal) => {
          const loss = measured(gained + more, gained, samples)
          const enough = samplesForDrop(loss, goal)!
          const upper = (count: number): number => {
            const scale = count / samples
            return pairedDropInterval((gained + more) * scale, gained * scale, count)[1]
          }
          expect(upper(enough)).toBeLessThanOrEqual(goal + 1e-12)
          expect(upper(Math.floor(enough * 0.9) - 1)).toBeGreaterThan(goal)
        },
      ),
    )
  })

  test('a gain counts as no loss', () => {
    const enough = samplesForDrop(measured(10, 10, 1000), 0.01)!
    expect(samplesForDrop(measured(8, 12, 1000), 0.01)).toBeGreaterThanOrEqual(enough * 0.95)
  })

  test('no number of samples shows a drop at the goal or past it', () => {
    expect(samplesForDrop(measured(10, 0, 1000), 0.01)).toBeUndefined()
    expect(samplesForDrop(measured(20, 0, 1000), 0.01)).toBeUndefined()
  })
})
