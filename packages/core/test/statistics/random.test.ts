import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Random } from '../../src/statistics/random.ts'

describe('Random', () => {
  test('gives these numbers for this seed, on every machine and in every release', () => {
    const random = new Random(1)
    expect([random.uint32(), random.uint32(), random.uint32()]).toEqual([2420951833, 2513034076, 3847892949])
  })

  test('gives other numbers for another seed or stream', () => {
    const streams = [
      new Random(1),
      new Random(2),
      new Random(1, 1),
      new Random(2, 1),
      new Random(1, -1),
      new Random(0, 1),
    ]
    const all = streams.map((random) => random.uint32())
    expect(new Set(all).size).toBe(all.length)
  })

  test('spreads evenly: a chi-square over 16 cells stays within 6 standard deviations', () => {
    const random = new Random(3)
    const cells = new Float64Array(16)
    const draws = 160_000
    for (let i = 0; i < draws; i++) cells[Math.floor(random.uniform() * 16)]++
    const expected = draws / 16
    const chiSquare = cells.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    expect(Math.abs(chiSquare - 15)).toBeLessThan(6 * Math.sqrt(30))
  })

  test('stays below its bound', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 2 ** 32 }), (seed, bound) => {
        const value = new Random(seed).below(bound)
        expect(Number.isInteger(value) && value >= 0 && value < bound).toBe(true)
      }),
    )
  })

  test('shuffles: every item is kept, and every order of three comes up', () => {
    const random = new Random(4)
    const seen = new Set<string>()
    for (let i = 0; i < 100; i++) {
      const items = Int32Array.of(1, 2, 3)
      random.shuffle(items)
      expect(items.toSorted()).toEqual(Int32Array.of(1, 2, 3))
      seen.add(items.join(''))
    }
    expect(seen.size).toBe(6)
  })
})

test('normal numbers have mean 0, deviation 1 and the tails of a normal distribution', () => {
  const random = new Random(4)
  const values = Array.from({ length: 20_000 }, () => random.normal())
  const mean = (figures: readonly number[]): number =>
    figures.reduce((sum, one) => sum + one, 0) / figures.length
  expect(Math.abs(mean(values))).toBeLessThan(0.03)
  expect(mean(values.map((value) => value ** 2))).toBeCloseTo(1, 1)
  expect(mean(values.map((value) => (Math.abs(value) > 1.96 ? 1 : 0)))).toBeCloseTo(0.05, 2)
})
