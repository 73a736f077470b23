import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planArena } from '../../src/execute/arena.ts'
import { type Lifetime, peakOf } from '../../src/execute/plan.ts'

const lifetime = fc
  .record({ bytes: fc.integer({ min: 1, max: 1000 }), first: fc.nat(30), stay: fc.nat(10) })
  .map(({ bytes, first, stay }): Lifetime => ({ bytes, first, last: first + stay }))

test('no two tensors lie over each other while both are alive, and all are aligned and within the block', () => {
  const alignment = fc.constantFrom(1, 4, 16, 64)
  fc.assert(
    fc.property(fc.array(lifetime, { maxLength: 25 }), alignment, (lives, step) => {
      const { offsets, bytes } = planArena(lives, step)
      for (const [a, one] of lives.entries()) {
        expect(offsets[a] % step).toBe(0)
        expect(offsets[a] + one.bytes).toBeLessThanOrEqual(bytes)
        for (const [b, other] of lives.slice(0, a).entries())
          if (one.first <= other.last && other.first <= one.last)
            expect(offsets[a] + one.bytes <= offsets[b] || offsets[b] + other.bytes <= offsets[a]).toBe(true)
      }
      expect(bytes).toBeGreaterThanOrEqual(peakOf(lives))
    }),
  )
})

test('a chain takes what its worst step has alive', () => {
  const sizes = [64, 128, 16, 96, 8]
  const chain = sizes.map((bytes, i) => ({ bytes, first: i, last: i + 1 }))
  expect(planArena(chain, 4).bytes).toBe(192)
  expect(planArena([], 4)).toEqual({ offsets: [], bytes: 0 })
})
