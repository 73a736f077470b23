import fc from 'fast-check'
import { expect, test } from 'vitest'
import { peakOf, planStorage, type Lifetime } from '../../src/execute/plan.ts'

const lifetime = fc
  .record({ bytes: fc.integer({ min: 1, max: 1000 }), first: fc.nat(30), stay: fc.nat(10) })
  .map(({ bytes, first, stay }): Lifetime => ({ bytes, first, last: first + stay }))

function ownerOf(reuses: readonly number[], index: number): number {
  return reuses[index] < 0 ? index : reuses[index]
}

test('tensors alive at the same step never share storage, and storage is large enough', () => {
  fc.assert(
    fc.property(fc.array(lifetime, { maxLength: 25 }), (lives) => {
      const reuses = planStorage(lives)
      for (let a = 0; a < lives.length; a++) {
        const owner = ownerOf(reuses, a)
        expect(reuses[owner]).toBe(-1)
        expect(lives[owner].bytes).toBeGreaterThanOrEqual(lives[a].bytes)
        for (let b = 0; b < a; b++) {
          const overlap = lives[a].first <= lives[b].last && lives[b].first <= lives[a].last
          if (overlap) expect(ownerOf(reuses, b)).not.toBe(owner)
        }
      }
    }),
  )
})

test('a chain of equal tensors needs two storages', () => {
  const chain = Array.from({ length: 6 }, (_, i) => ({ bytes: 8, first: i, last: i + 1 }))
  expect(planStorage(chain)).toEqual([-1, -1, 0, 1, 0, 1])
  expect(peakOf(chain)).toBe(16)
})

test('the peak is what lives at the worst step, however it is stored', () => {
  const lives = [
    { bytes: 100, first: -1, last: 0 },
    { bytes: 50, first: 0, last: 2 },
    { bytes: 10, first: 1, last: 2 },
  ]
  expect(peakOf(lives)).toBe(150)
})

test('the peak of any lifetimes is the largest sum over steps', () => {
  fc.assert(
    fc.property(fc.array(lifetime, { maxLength: 25 }), (lives) => {
      const sums = Array.from({ length: 42 }, (_, step) =>
        lives.reduce((sum, { bytes, first, last }) => (first <= step && step <= last ? sum + bytes : sum), 0),
      )
      expect(peakOf(lives)).toBe(Math.max(...sums))
    }),
  )
})
