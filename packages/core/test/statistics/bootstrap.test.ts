import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bootstrapInterval, samplesForLoss } from '../../src/statistics/bootstrap.ts'

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

/** Every resample of a few values, each as likely as any other: what drawing at random comes near to. */
function everyResample(values: readonly number[]): number[][] {
  let made: number[][] = [[]]
  for (let place = 0; place < values.length; place++)
    made = made.flatMap((before) => values.map((value) => [...before, value]))
  return made
}

describe('interval by the bootstrap', () => {
  test('lies where the quantiles over all 46,656 resamples of six values lie', () => {
    const values = [0.1, 0.4, 0.5, 1.1, 1.9, 3.2]
    const all = everyResample(values).map((one) => Math.sqrt(mean(one)))
    all.sort((a, b) => a - b)
    const share = (value: number): number => all.filter((one) => one <= value).length / all.length
    const statistic = (rows: Int32Array): number => Math.sqrt(mean(Array.from(rows, (row) => values[row])))
    for (const seed of [1, 2, 3]) {
      const [lo, hi] = bootstrapInterval(values.length, statistic, seed)
      // Three standard errors of the share below a quantile of 1999 draws.
      expect(Math.abs(share(lo) - 0.025)).toBeLessThan(0.011)
      expect(Math.abs(share(hi) - 0.975)).toBeLessThan(0.011)
    }
  })

  test('of the mean of many values is the one of the normal distribution', () => {
    const values = Array.from({ length: 400 }, (_, i) => Math.sin(i * i) + 0.01 * (i % 7))
    const centre = mean(values)
    const error = Math.sqrt(mean(values.map((value) => (value - centre) ** 2)) / values.length)
    const [lo, hi] = bootstrapInterval(values.length, (rows) => mean(Array.from(rows, (row) => values[row])))
    expect(lo).toBeCloseTo(centre - 1.96 * error, 2)
    expect(hi).toBeCloseTo(centre + 1.96 * error, 2)
  })

  test('is paired: a constant difference between two contenders has no spread', () => {
    const one = Array.from({ length: 50 }, (_, i) => (i * 37) % 11)
    const other = one.map((value) => value + 2)
    const at = (values: readonly number[], rows: Int32Array): number =>
      mean(Array.from(rows, (row) => values[row]))
    const [lo, hi] = bootstrapInterval(50, (rows) => at(other, rows) - at(one, rows))
    expect(lo).toBeCloseTo(2, 12)
    expect(hi).toBeCloseTo(2, 12)
  })

  test('is the same for the same seed, and another for another', () => {
    const values = [1, 5, 2, 8, 3, 9, 4]
    const statistic = (rows: Int32Array): number => mean(Array.from(rows, (row) => values[row]))
    const [first, again, other] = [7, 7, 8].map((seed) => bootstrapInterval(7, statistic, seed))
    expect(first).toEqual(again)
    expect(first).not.toEqual(other)
  })

  test('refuses no samples', () => {
    expect(() => bootstrapInterval(0, () => 0)).toThrow(RangeError)
  })
})

describe('samples that would show a loss', () => {
  test('shrink the upper half of the interval into the room that is left', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 10_000 }),
        fc.double({ min: 0, max: 0.8, noNaN: true }),
        fc.double({ min: 0.001, max: 3, noNaN: true }),
        (samples, loss, half) => {
          const enough = samplesForLoss({ loss, ci95: [loss - half, loss + half], samples }, 1)!
          expect(loss + half * Math.sqrt(samples / enough)).toBeLessThanOrEqual(1 + 1e-9)
        },
      ),
    )
  })

  test('do not exist for a loss at the goal or past it', () => {
    expect(samplesForLoss({ loss: 1, ci95: [0.9, 1.1], samples: 10 }, 1)).toBeUndefined()
  })
})
