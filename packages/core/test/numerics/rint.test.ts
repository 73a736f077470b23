import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rint } from '../../src/numerics/rint.ts'

/** The definition, without the trick: the nearer integer, or the even one of two. */
function nearestEven(x: number): number {
  if (!Number.isFinite(x)) return x
  const below = Math.floor(x)
  const off = x - below
  if (off !== 0.5) return off < 0.5 ? below : below + 1
  return below % 2 === 0 ? below : below + 1
}

describe('rint', () => {
  test('rounds ties to the even neighbour on both sides of zero', () => {
    expect([0.5, 1.5, 2.5, 3.5, -0.5, -1.5, -2.5, 126.5, 127.5].map(rint)).toEqual([
      0, 2, 2, 4, 0, -2, -2, 126, 128,
    ])
  })

  test('keeps integers and infinities, and yields +0 for what rounds to zero', () => {
    const kept = [0, 1, -1, 2 ** 23, -(2 ** 24), 2 ** 31, 3e38, Infinity, -Infinity]
    expect(kept.map(rint)).toEqual(kept)
    expect(Object.is(rint(-0.25), 0)).toBe(true)
    expect(rint(NaN)).toBeNaN()
  })

  test('agrees with the definition for every float32', () => {
    fc.assert(
      fc.property(fc.float(), (x) => {
        expect(rint(x)).toBe(nearestEven(x) + 0)
      }),
      { numRuns: 2000 },
    )
  })

  test('agrees with the definition for doubles of moderate size, ties included', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
        fc.constantFrom(1, 0.5, 0.25, 0.375),
        (n, step) => {
          expect(rint(n * step)).toBe(nearestEven(n * step) + 0)
        },
      ),
    )
  })
})
