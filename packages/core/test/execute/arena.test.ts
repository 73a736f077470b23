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

test('tensors of thousands of steps are laid out by their neighbours in time alone', () => {
  // Pairs in turn with one that stays for good: by looking at all of each other this takes minutes.
  const chain = Array.from({ length: 20_000 }, (_, i) => ({ bytes: 4 + (i % 7), first: i, last: i + 1 }))
  const { offsets, bytes } = planArena([...chain, { bytes: 8, first: -1, last: 20_001 }], 4)
  expect(bytes).toBeLessThanOrEqual(8 + 12 + 12 + 12)
  for (let i = 1; i < chain.length; i++) {
    const [a, b] = [offsets[i - 1], offsets[i]]
    expect(a + chain[i - 1].bytes <= b || b + chain[i].bytes <= a).toBe(true)
  }
})
