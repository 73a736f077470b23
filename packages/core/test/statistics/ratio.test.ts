import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FEWEST_SAMPLES, pairedRatio, speedVerdict } from '../../src/statistics/index.ts'

const times = fc.array(fc.double({ min: 1, max: 1e9, noNaN: true }), {
  minLength: FEWEST_SAMPLES,
  maxLength: 200,
})

describe('paired ratio', () => {
  test('is 1 of a contender against itself, whatever drifts between rounds', () => {
    fc.assert(
      fc.property(times, (values) => {
        expect(pairedRatio(values, values)).toEqual({ ratio: 1, ci95: [1, 1] })
      }),
    )
  })

  test('of a contender that takes half the time is 2, and faster', () => {
    const ratio = pairedRatio([10, 20, 30, 40, 50, 60], [5, 10, 15, 20, 25, 30])
    expect(ratio).toEqual({ ratio: 2, ci95: [2, 2] })
    expect(speedVerdict(ratio)).toBe('faster')
  })

  test('a sure difference below 5% is not called one', () => {
    expect(speedVerdict({ ratio: 1.04, ci95: [1.03, 1.05] })).toBe('equal')
    expect(speedVerdict({ ratio: 0.96, ci95: [0.95, 0.97] })).toBe('equal')
  })

  test('a large difference whose interval reaches 1 is not called one', () => {
    expect(speedVerdict({ ratio: 1.5, ci95: [0.9, 2] })).toBe('equal')
    expect(speedVerdict({ ratio: 0.5, ci95: [0.4, 0.6] })).toBe('slower')
  })

  test('rounds that do not pair are refused', () => {
    expect(() => pairedRatio([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5])).toThrow(RangeError)
  })
})
