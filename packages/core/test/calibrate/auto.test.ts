import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chooseCalibration } from '../../src/calibrate/auto.ts'
import { FOLDS, foldOf } from '../../src/calibrate/fold.ts'
import { fromFolds, mergeObservations, type Observation } from '../../src/calibrate/observation.ts'
import { Observer } from '../../src/calibrate/observer.ts'
import { calibrator } from '../../src/calibrate/registry.ts'
import {
  AFFINE_INT8,
  qparamsFromRange,
  SYMMETRIC_INT8,
  type QuantScheme,
} from '../../src/numerics/qparams.ts'
import { fakeQuantize } from '../../src/numerics/fake-quantize.ts'
import { tensor } from '../../src/tensor/tensor.ts'
import { Random } from '../../src/statistics/random.ts'

type Sample = Float32Array

/** Batches of equal samples, each dealt to its fold. */
function observe(...batches: readonly (readonly Sample[])[]): Observation {
  const observer = new Observer('t')
  for (const batch of batches)
    observer.observe(
      Float32Array.from(batch.flatMap((sample) => [...sample])),
      Uint8Array.from(batch, foldOf),
    )
  return observer.observation
}

const SHAPES: Record<string, (random: Random) => number> = {
  bell: (random) => random.normal(),
  'heavy tails': (random) => random.normal() * Math.abs(random.normal()),
  'a Relu': (random) => Math.max(0, random.normal()),
  'an even spread': (random) => random.uniform() * 6,
}

function samplesOf(shape: string, seed: number, samples = 48, size = 200): Sample[] {
  const random = new Random(seed)
  return Array.from({ length: samples }, () =>
    Float32Array.from({ length: size }, () => SHAPES[shape](random)),
  )
}

function sameBits(a: Observation, b: Observation): boolean {
  return isDeepStrictEqual(
    { ...a, movingAverage: null, ends: null },
    { ...b, movingAverage: null, ends: null },
  )
}

function squaredError(
  x: readonly Sample[],
  calibration: string,
  seen: Observation,
  scheme: QuantScheme,
): number {
  const qparams = qparamsFromRange(calibrator(calibration).range(seen, scheme), scheme)
  let error = 0
  for (const sample of x) {
    const { data } = fakeQuantize(tensor('float32', [sample.length], sample), qparams).y
    for (const [i, value] of sample.entries()) error += (value - data[i]) ** 2
  }
  return error
}

describe('folds', () => {
  test('hold about as many samples each, and copies of a sample together', () => {
    const samples = samplesOf('bell', 5, 4000, 4)
    const counts = Array.from({ length: FOLDS }, () => 0)
    for (const sample of samples) counts[foldOf(sample)]++
    const expected = samples.length / FOLDS
    for (const count of counts) expect(Math.abs(count - expected)).toBeLessThan(6 * Math.sqrt(expected))
    expect(samples.map((sample) => foldOf(sample.slice()))).toEqual(samples.map(foldOf))
  })

  test('spread samples that differ in one value of a sensor alone', () => {
    const used = new Set(Array.from({ length: 256 }, (_, value) => foldOf(Float32Array.of(0, value, 0))))
    expect(used.size).toBe(FOLDS)
  })

  test('together are the whole, and twice a fold is two of it', () => {
    const whole = observe(samplesOf('bell', 1))
    const all = Array.from({ length: FOLDS }, (_, fold) => fold)
    expect(fromFolds(whole, all)).toEqual(whole)
    const twice = fromFolds(whole, [...all, ...all])
    expect(twice.count).toBe(2 * whole.count)
    expect(twice.histogram.positive).toEqual(whole.histogram.positive.map((count) => 2 * count))
    expect(fromFolds(whole, []).range).toBeNull()
  })

  test('refuse a batch that does not divide into its samples', () => {
    expect(() => new Observer('conv1').observe(new Float32Array(5), [0, 1])).toThrow(/5 values of "conv1"/)
  })
})

describe('auto', () => {
  test('does not mind how samples come in batches, in what order, or in how many passes', () => {
    const samples = samplesOf('heavy tails', 3, 24, 40)
    const once = observe(samples)
    const order = fc.shuffledSubarray([...samples.keys()], { minLength: samples.length })
    const cuts = fc.array(fc.nat({ max: samples.length }), { maxLength: 4 })
    fc.assert(
      fc.property(order, cuts, (order, cuts) => {
        const shuffled = order.map((at) => samples[at])
        const ends = [0, ...cuts.toSorted((a, b) => a - b), samples.length]
        const batches = ends.slice(1).map((end, at) => shuffled.slice(ends[at], end))
        const seen = observe(...batches.filter(({ length }) => length > 0))
        expect(sameBits(seen, once)).toBe(true)
        const [first, ...rest] = batches.map((batch) => observe(...(batch.length > 0 ? [batch] : [])))
        const merged = rest.reduce(mergeObservations, first)
        expect(sameBits(merged, once)).toBe(true)
      }),
      { numRuns: 20 },
    )
    const reversed = observe(samples.slice(9).toReversed(), samples.slice(0, 9))
    expect(chooseCalibration(reversed, AFFINE_INT8)).toEqual(chooseCalibration(once, AFFINE_INT8))
  })

  test.each(Object.keys(SHAPES))(
    'errs little more than the best strategy on data it never saw: %s',
    (shape) => {
      for (const scheme of [AFFINE_INT8, { ...SYMMETRIC_INT8, bits: 4 } as const]) {
        const excessDb = [1, 2].map((seed) => {
          const seen = observe(samplesOf(shape, seed))
          const unseen = samplesOf(shape, seed + 100)
          const { calibration, heldOut, evidence } = chooseCalibration(seen, scheme)
          expect(heldOut).toBe(true)
          expect(calibrator('auto').range(seen, scheme)).toEqual(calibrator(calibration).range(seen, scheme))
          const errors = evidence.map((one) => squaredError(unseen, one.calibration, seen, scheme))
          const chosen = errors[evidence.findIndex((one) => one.calibration === calibration)]
          return 10 * Math.log10(chosen / Math.min(...errors))
        })
        expect(excessDb.reduce((sum, one) => sum + one) / excessDb.length).toBeLessThan(1.5)
      }
    },
  )

  test('takes the range of its choice from all the samples', () => {
    const seen = observe(samplesOf('bell', 1))
    const { calibration } = chooseCalibration(seen, AFFINE_INT8)
    const range = calibrator(calibration).range(seen, AFFINE_INT8)
    expect(calibrator('auto').range(seen, AFFINE_INT8)).toEqual(range)
  })

  test('records the error of every candidate, and picks the least of them', () => {
    const { calibration, evidence } = chooseCalibration(observe(samplesOf('heavy tails', 2)), AFFINE_INT8)
    expect(evidence.map((one) => one.calibration)).toEqual([
      'minmax',
      'percentile-99.999',
      'percentile-99.99',
      'percentile-99.9',
      'mse',
      'histogram-l2',
      'entropy',
    ])
    const best = Math.max(...evidence.map((one) => one.sqnrDb!))
    expect(evidence.find((one) => one.calibration === calibration)!.sqnrDb).toBe(best)
  })

  test('holds nothing out, and says so, where there is one sample', () => {
    const { heldOut, evidence } = chooseCalibration(observe(samplesOf('bell', 1, 1)), AFFINE_INT8)
    expect(heldOut).toBe(false)
    expect(evidence.every(({ sqnrDb }) => sqnrDb! > 20)).toBe(true)
  })

  test('passes over strategies whose range is wider than a scale can be', () => {
    const samples = samplesOf('bell', 1)
    samples[7].set([3e38, -3e38])
    const far = observe(samples)
    const { calibration, evidence } = chooseCalibration(far, AFFINE_INT8)
    expect(evidence.map((one) => one.calibration)).not.toContain('minmax')
    expect(evidence.map((one) => one.calibration)).toContain(calibration)
  })

  test('takes the simplest strategy where none errs', () => {
    expect(chooseCalibration(observe([new Float32Array(4)]), AFFINE_INT8).calibration).toBe('minmax')
  })
})

test('what was found for one grid is kept for it alone', () => {
  const random = new Random(3)
  const observation = observe(
    Array.from({ length: 16 }, () => Float32Array.from({ length: 64 }, () => random.normal())),
  )
  const copy = { ...observation }
  const narrow: QuantScheme = { ...AFFINE_INT8, bits: 4 }
  for (const id of ['mse', 'entropy', 'histogram-l2']) {
    const strategy = calibrator(id)
    const [wide, coarse] = [AFFINE_INT8, narrow].map((scheme) => strategy.range(observation, scheme))
    expect(strategy.range(observation, { ...AFFINE_INT8 })).toBe(wide)
    expect(strategy.range(copy, narrow)).toEqual(coarse)
    expect(coarse).not.toEqual(wide)
  }
  expect(chooseCalibration(observation, AFFINE_INT8)).toBe(chooseCalibration(observation, AFFINE_INT8))
})
