import { pairedRatio } from '@octet/core/statistics'
import { describe, expect, test } from 'vitest'
import { isBetter, isHopeless } from '../src/tune/gain.ts'

describe('a gain', () => {
  test('takes significance and 3%', () => {
    expect(isBetter({ ratio: 1.05, ci95: [1.01, 2] })).toBe(true)
    expect(isBetter({ ratio: 1.5, ci95: [0.99, 2] })).toBe(false)
    expect(isBetter({ ratio: 1.02, ci95: [1.01, 2] })).toBe(false)
  })

  test('a clock that reads nothing makes nothing better', () => {
    const nothing = Array.from({ length: 9 }, () => 0)
    expect(isHopeless(nothing.slice(6), nothing.slice(6))).toBe(true)
    expect(isBetter(pairedRatio(nothing, nothing))).toBe(false)
  })

  test('is hopeless where three rounds or more never came near the default', () => {
    expect(isHopeless([7, 7], [10, 10])).toBe(false)
    expect(isHopeless([7, 7, 7], [10, 10, 10])).toBe(true)
    expect(isHopeless([7, 9, 7], [10, 10, 10])).toBe(false)
  })
})
