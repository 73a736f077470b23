import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isBetter, isHopeless, verdictOf } from '../src/tune/verdict.ts'

describe('a verdict', () => {
  test('is the median with the narrowest interval of order statistics that has 95%', () => {
    const ratios = [5, 1, 9, 3, 7, 2, 8, 4, 6]
    expect(verdictOf(ratios)).toEqual({ ratio: 5, low: 2, high: 8 })
    expect(verdictOf([1, 2, 3, 4, 5, 6])).toEqual({ ratio: 3.5, low: 1, high: 6 })
    expect(verdictOf([2, 2, 2, 2, 2]).low).toBe(0)
  })

  test('that a variant is better takes significance and 3%', () => {
    expect(isBetter({ ratio: 1.05, low: 1.01, high: 2 })).toBe(true)
    expect(isBetter({ ratio: 1.5, low: 0.99, high: 2 })).toBe(false)
    expect(isBetter({ ratio: 1.02, low: 1.01, high: 2 })).toBe(false)
  })

  test('a clock that reads nothing makes nothing better', () => {
    expect(isHopeless([NaN, NaN, NaN])).toBe(true)
    expect(isBetter(verdictOf(Array.from({ length: 9 }, () => NaN)))).toBe(false)
  })

  test('contains the median, always', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.1, max: 10, noNaN: true }), { minLength: 6, maxLength: 40 }),
        (ratios) => {
          const { ratio, low, high } = verdictOf(ratios)
          expect(low).toBeLessThanOrEqual(ratio)
          expect(high).toBeGreaterThanOrEqual(ratio)
        },
      ),
    )
  })
})
