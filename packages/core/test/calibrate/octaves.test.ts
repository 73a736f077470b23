import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chooseCalibration } from '../../src/calibrate/auto.ts'
import { accountFor } from '../../src/calibrate/account.ts'
import { forEachBin, outline, type EqualBins, type Histogram } from '../../src/calibrate/histogram.ts'
import { mergeObservations, type Observation } from '../../src/calibrate/observation.ts'
import { Observer } from '../../src/calibrate/observer.ts'
import { percentileBin } from '../../src/calibrate/percentile.ts'
import { calibrator } from '../../src/calibrate/registry.ts'
import { AFFINE_INT8, qparamsFromRange, SYMMETRIC_INT8 } from '../../src/numerics/qparams.ts'

function observationOf(...batches: Float32Array[]): Observation {
  const observer = new Observer('t')
  for (const batch of batches) observer.observe(batch)
  return observer.observation
}

/** Values of all magnitudes, many of them next to each other, with zeros and subnormals among them. */
const values = fc
  .array(
    fc.oneof(
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      fc.float({ min: -8, max: 8, noNaN: true }),
      fc.float({ min: Math.fround(-1e-3), max: Math.fround(1e-3), noNaN: true }),
      fc.float({ min: -(2 ** -127), max: 2 ** -127, noNaN: true }),
      fc.constantFrom(0, -0),
    ),
    { minLength: 1, maxLength: 200 },
  )
  .map((x) => Float32Array.from(x))

/** The equal bins as they were before there were octaves: every value divided by the width. */
function dividedBins(x: Float32Array): EqualBins {
  const largest = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  let exponent = -160
  while (largest >= 2 ** (exponent + 12)) exponent++
  const sides = { positive: new Float64Array(4096), negative: new Float64Array(4096) }
  let zeros = 0
  for (const value of x)
    if (value === 0) zeros++
    else sides[value > 0 ? 'positive' : 'negative'][Math.floor(Math.abs(value) / 2 ** exponent)]++
  const trimmed = (counts: Float64Array): Float64Array =>
    counts.slice(0, counts.findLastIndex((count) => count > 0) + 1)
  return { exponent, positive: trimmed(sides.positive), negative: trimmed(sides.negative), zeros }
}

/** Percentiles as they were: over the equal bins, zeros in the first. */
function percentileOfEqualBins({ histogram }: Observation, percent: number): { bin: number; upper: number } {
  const { positive, negative, zeros, exponent } = histogram
  const counts = new Float64Array(4096)
  positive.forEach((count, bin) => (counts[bin] += count))
  negative.forEach((count, bin) => (counts[bin] += count))
  counts[0] += zeros
  const bin = percentileBin(counts, percent)
  return { bin, upper: (bin + 1) * 2 ** exponent }
}

function exactPercentile(x: Float32Array, percent: number): number {
  const sorted = Array.from(x, Math.abs).toSorted((a, b) => a - b)
  return sorted[Math.ceil((sorted.length * percent) / 100 - 1e-6) - 1]
}

function thresholdOf(observation: Observation, id: string): number {
  const { min, max } = calibrator(id).range(observation, AFFINE_INT8)
  return Math.max(-min, max)
}

/** A histogram without its octaves: what mse, entropy and drawings ever had. */
const withoutOctaves = (observation: Observation): Observation => ({
  ...observation,
  histogram: { ...observation.histogram, octaves: [] },
})

describe('the bins of octaves', () => {
  test('leave the equal bins as they were, bit for bit', () => {
    fc.assert(
      fc.property(values, (x) => {
        const { octaves: _, ...equal } = observationOf(x).histogram
        expect(isDeepStrictEqual(equal, dividedBins(x))).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('add up to the equal bins, and hold every value once, in a bin as fine as 1/128 of it', () => {
    fc.assert(
      fc.property(values, (x) => {
        const { histogram } = observationOf(x)
        for (const side of ['positive', 'negative'] as const) {
          const magnitudes = Array.from(x, (value) => (side === 'positive' ? value : -value)).filter(
            (value) => value > 0,
          )
          const joined = new Float64Array(histogram[side].length)
          let before = 0
          forEachBin(histogram, [side], (from, to, count) => {
            expect(from).toBeGreaterThanOrEqual(before)
            expect((to - from) / from).toBeLessThanOrEqual(1 / 128)
            expect(magnitudes.filter((value) => value >= from && value < to).length).toBe(count)
            joined[Math.floor(from / 2 ** histogram.exponent)] += count
            before = to
          })
          expect(isDeepStrictEqual(joined, histogram[side])).toBe(true)
        }
      }),
      { numRuns: 200 },
    )
  })

  test('are the same bits for every order, split and merge of blocks', () => {
    const length = 6000
    const mixed = (seed: number): Float32Array =>
      Float32Array.from({ length }, (_, i) =>
        i % 7 === seed % 7 ? 0 : Math.sin(i * (seed + 1)) * 2 ** (((i * 31 + seed) % 90) - 60),
      )
    const parts = [0, 1, 2].map(mixed)
    const withoutAverage = (one: Observation): object => ({ ...one, movingAverage: null, ends: null })
    const once = withoutAverage(observationOf(Float32Array.from(parts.flatMap((part) => [...part]))))
    const [a, b, c] = parts.map((part) => observationOf(part))
    for (const other of [
      observationOf(...parts.toReversed()),
      observationOf(...parts.map((part) => part.toReversed())),
      observationOf(...parts.flatMap((part) => [part.subarray(4097), part.subarray(0, 4097)])),
      mergeObservations(mergeObservations(c, a), b),
      mergeObservations(b, mergeObservations(a, c)),
    ])
      expect(withoutAverage(other)).toEqual(once)
  })

  test('are not read by mse, entropy, histogram-l2 or drawings', () => {
    fc.assert(
      fc.property(values, fc.constantFrom(AFFINE_INT8, SYMMETRIC_INT8), (x, scheme) => {
        fc.pre(x.every((value) => Math.abs(value) < 2 ** 100))
        const observation = observationOf(x)
        const plain = withoutOctaves(observation)
        for (const id of ['minmax', 'mse', 'entropy', 'histogram-l2', 'entropy-smoothed'])
          expect(calibrator(id).range(observation, scheme)).toEqual(calibrator(id).range(plain, scheme))
        expect(outline(observation.histogram, 96)).toEqual(outline(plain.histogram, 96))
      }),
      { numRuns: process.env['OCTET_TESTS'] === 'long' ? 30 : 10 },
    )
  })
})

describe('percentiles', () => {
  test('move only where they lie more than four octaves below the largest magnitude, and then to 1/128', () => {
    fc.assert(
      fc.property(values, fc.constantFrom(1, 25, 50, 90, 99, 99.9), (x, percent) => {
        const observation = observationOf(x)
        const { bin, upper } = percentileOfEqualBins(observation, percent)
        const before = Math.min(upper, Math.max(-Math.min(0, ...x), ...x))
        const threshold = thresholdOf(observation, `percentile-${percent}`)
        if (bin >= 128) expect(threshold).toBe(before)
        const exact = exactPercentile(x, percent)
        expect(threshold).toBeGreaterThanOrEqual(exact)
        if (exact > 0) expect(threshold).toBeLessThanOrEqual(exact * (1 + 1 / 128))
      }),
      { numRuns: 500 },
    )
  })

  // -9999 among 12,288 values within 0.02: bins of 4 hold all others.
  const readings = Float32Array.from({ length: 12_288 }, (_, i) => 0.02 * Math.sin(i * i))
  readings[4711] = -9999
  const observation = observationOf(readings)

  test('are not widened by one far outlier', () => {
    const exact = exactPercentile(readings, 99.9)
    const threshold = thresholdOf(observation, 'percentile-99.9')
    expect(threshold).toBeGreaterThanOrEqual(exact)
    expect(threshold).toBeLessThan(1.01 * exact)
    expect(percentileOfEqualBins(observation, 99.9).upper).toBe(4)
  })

  test('are then judged on what values there are: accounts and auto see them', () => {
    const range = calibrator('percentile-99.9').range(observation, AFFINE_INT8)
    const account = accountFor(observation, qparamsFromRange(range, AFFINE_INT8))
    expect(account.usedLevels).toBeGreaterThan(200)
    expect(account.clipped).toBeLessThan(0.002)
    expect(accountFor(withoutOctaves(observation), qparamsFromRange(range, AFFINE_INT8)).usedLevels).toBe(2)
    // Its square is all that counts for the error, so auto keeps the outlier: nothing tells it that -9999 is no
    // reading.
    expect(chooseCalibration(observation, AFFINE_INT8).evidence.length).toBeGreaterThan(1)
  })

  test('never fall as they rise, zeros and outliers among the values', () => {
    fc.assert(
      fc.property(values, (x) => {
        const observation = observationOf(x)
        const thresholds = [1, 10, 30, 50, 70, 90, 99, 99.9, 100].map((percent) =>
          thresholdOf(observation, `percentile-${percent}`),
        )
        expect(thresholds).toEqual(thresholds.toSorted((a, b) => a - b))
      }),
    )
  })
})

test('memory does not grow with the data, whatever octaves occur', () => {
  const observer = new Observer('t')
  const size = ({ positive, negative, octaves }: Histogram): number =>
    positive.length + negative.length + octaves.length * 256
  const x = Float32Array.from({ length: 4000 }, (_, i) => (i % 2 ? 1 : -1) * 2 ** ((i % 276) - 149))
  observer.observe(x)
  const first = size(observer.observation.histogram)
  for (let i = 0; i < 20; i++) observer.observe(x)
  expect(size(observer.observation.histogram)).toBe(first)
})
