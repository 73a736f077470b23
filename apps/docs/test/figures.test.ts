import fc from 'fast-check'
import { expect, test } from 'vitest'
import { figuresOf, sampleValues, type Settings } from '../.vitepress/theme/figures.ts'

const values = sampleValues()
const settings: fc.Arbitrary<Settings> = fc.record({
  from: fc.double({ min: -8, max: -0.1, noNaN: true }),
  to: fc.double({ min: 0.1, max: 8, noNaN: true }),
  bits: fc.constantFrom(4, 8),
  symmetric: fc.boolean(),
})

test('a value that is not clipped moves by at most half a step, and a clipped value becomes an end', () => {
  fc.assert(
    fc.property(settings, (given) => {
      const { scale, lo, hi, restored, clipped } = figuresOf(values, given)
      for (const [i, value] of values.entries())
        if (clipped[i]) expect(restored[i]).toBeCloseTo(value < 0 ? lo : hi, 5)
        else expect(Math.abs(restored[i] - value)).toBeLessThan(scale * 0.5001)
    }),
  )
})

test('zero is a level of every grid, and the zero point of a symmetric grid', () => {
  fc.assert(
    fc.property(settings, (given) => {
      const { integers, restored, zeroPoint } = figuresOf(Float32Array.of(0), given)
      expect([integers[0], Math.abs(restored[0])]).toEqual([zeroPoint, 0])
      if (given.symmetric) expect(zeroPoint).toBe(0)
    }),
  )
})

test.each([4, 8] as const)('the buttons show what docs/live-figures.md says, with %i bits', (bits) => {
  const [whole, clipping, tiny] = [
    [-3, 7],
    [-3, 3],
    [-0.5, 0.5],
  ].map(([from, to]) => figuresOf(values, { from, to, bits, symmetric: false }))
  const clippedOf = ({ clipped }: typeof whole): number => clipped.filter(Boolean).length
  expect([whole, clipping].map(clippedOf)).toEqual([0, 1])
  expect(clippedOf(tiny)).toBeGreaterThan(values.length / 2)
  expect(clipping.sqnrDb).toBeLessThan(whole.sqnrDb)
  expect(tiny.sqnrDb).toBeLessThan(clipping.sqnrDb)
  expect(clipping.nearSqnrDb).toBeGreaterThan(whole.nearSqnrDb)
})
