import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { entropyThreshold } from '../../src/calibrate/entropy.ts'
import { mseBin } from '../../src/calibrate/mse.ts'
import { percentileBin } from '../../src/calibrate/percentile.ts'
import { rint } from '../../src/numerics/rint.ts'

/** Histograms with gaps, spikes and runs of equal counts. */
const histogram = fc.array(
  fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 1000 })),
  { minLength: 8, maxLength: 48 },
)

const sum = (x: readonly number[]): number => x.reduce((total, one) => total + one, 0)

/** KL(P || Q) by the words of the definition. */
function divergence(h: readonly number[], kept: number, levels: number): number {
  const p = h.slice(0, kept)
  p[kept - 1] += sum(h.slice(kept))
  const group = (bin: number): number => Math.floor((bin * levels) / kept)
  const q = h.slice(0, kept).map((count, bin) => {
    if (count === 0) return 0
    const members = h.slice(0, kept).filter((other, at) => other > 0 && group(at) === group(bin))
    return sum(members) / members.length
  })
  const [pTotal, qTotal] = [sum(p), sum(q)]
  const term = (mass: number, bin: number): number => {
    if (mass === 0) return 0
    return q[bin] === 0 ? Infinity : (mass / pTotal) * Math.log(mass / pTotal / (q[bin] / qTotal))
  }
  return sum(p.map(term))
}

/** Expects the chosen candidate to cost no more than any other, but for rounding. */
function expectMinimum(costs: readonly number[], chosen: number): void {
  const least = Math.min(...costs)
  const slack = 1e-9 * (1 + Math.abs(least))
  expect(costs[chosen]).toBeLessThanOrEqual(least + slack)
}

describe('the entropy threshold', () => {
  test('is the minimum of the divergence as it is defined, over every candidate', () => {
    fc.assert(
      fc.property(histogram, fc.constantFrom(2, 4, 8), (counts, levels) => {
        const h = [counts[1], ...counts.slice(1)]
        fc.pre(sum(h) > 0)
        const costs = Array.from({ length: h.length - levels + 1 }, (_, at) =>
          divergence(h, levels + at, levels),
        )
        const { bins, divergence: found } = entropyThreshold(counts, levels)
        expectMinimum(costs, bins - levels)
        expect(found).toBeCloseTo(costs[bins - levels], 9)
      }),
      { numRuns: 300 },
    )
  })

  test('takes the last of equal minima', () => {
    // Two levels over equal counts lose nothing wherever nothing is clipped, and empty bins behind change nothing.
    expect(entropyThreshold([5, 5, 5, 5, 0, 0], 2).bins).toBe(6)
  })

  test('keeps everything when there are no more bins than levels', () => {
    expect(entropyThreshold([1, 2, 3], 128)).toEqual({ bins: 3, divergence: 0 })
  })

  test('does not change the counts it is given', () => {
    const counts = Float64Array.of(9, 1, 2, 3, 4)
    entropyThreshold(counts, 2)
    expect([...counts]).toEqual([9, 1, 2, 3, 4])
  })
})

describe('the mse threshold', () => {
  test('is the minimum of the squared error as it is defined, over every candidate', () => {
    fc.assert(
      fc.property(histogram, fc.constantFrom(2, 4, 8), (counts, first) => {
        const qmax = first - 1
        const costs = Array.from({ length: counts.length - first }, (_, at) => {
          const scale = (first + at + 0.5) / qmax
          return sum(
            counts.map((count, bin) => {
              const x = bin + 0.5
              return count * (x - Math.min(qmax, rint(x / scale)) * scale) ** 2
            }),
          )
        })
        fc.pre(costs.length > 0)
        expectMinimum(costs, mseBin(counts, first, qmax) - first)
      }),
      { numRuns: 300 },
    )
  })

  test('is -1 without candidates', () => {
    expect(mseBin([1, 2, 3], 128, 127)).toBe(-1)
  })
})

describe('the percentile bin', () => {
  test('is exact at boundaries that a float running sum misses', () => {
    const counts = Array.from({ length: 1000 }, () => 1)
    for (let k = 1; k <= 1000; k++) expect(percentileBin(counts, k / 10)).toBe(k - 1)
  })

  test('skips empty bins, and is -1 where there are no counts', () => {
    expect(percentileBin([0, 0, 4, 0, 6], 40)).toBe(2)
    expect(percentileBin([0, 0, 4, 0, 6], 41)).toBe(4)
    expect(percentileBin([], 99)).toBe(-1)
  })
})
