import { describe, expect, test } from 'vitest'
import { foldOf } from '../../src/calibrate/fold.ts'
import type { Observation } from '../../src/calibrate/observation.ts'
import { Observer } from '../../src/calibrate/observer.ts'
import { calibrator } from '../../src/calibrate/registry.ts'
import { scaleInterval } from '../../src/diagnose/interval.ts'
import { AFFINE_INT8, qparamsFromRange } from '../../src/numerics/qparams.ts'
import { Random } from '../../src/statistics/random.ts'

/** Samples of 50 values whose loudness varies from sample to sample. */
function observe(samples: number, seed: number): Observation {
  const random = new Random(seed)
  const observer = new Observer('t')
  for (let at = 0; at < samples; at++) {
    const loudness = Math.exp(0.3 * random.normal())
    const sample = Float32Array.from({ length: 50 }, () => loudness * random.normal())
    observer.observe(sample, [foldOf(sample)])
  }
  return observer.observation
}

const bulk = calibrator('percentile-99')
const scaleOf = (observation: Observation): number =>
  qparamsFromRange(bulk.range(observation, AFFINE_INT8), AFFINE_INT8).scale[0]

/** Mean relative width over some seeds. */
function width(samples: number): number {
  const widths = [1, 2, 3, 4, 5, 6].map(
    (seed) => scaleInterval(observe(samples, seed), bulk, AFFINE_INT8)!.relativeWidth,
  )
  return widths.reduce((sum, one) => sum + one) / widths.length
}

describe('the interval of a scale', () => {
  test('holds the scale of most other sets of as many samples', () => {
    const truth = scaleOf(observe(20_000, 77))
    let held = 0
    for (let seed = 1; seed <= 40; seed++) {
      const { lo, hi } = scaleInterval(observe(60, seed), bulk, AFFINE_INT8)!
      if (lo <= truth && truth <= hi) held++
    }
    // 90% asked for; eight folds tell the variation to a quarter of itself.
    expect(held).toBeGreaterThanOrEqual(28)
  })

  test('narrows with more samples', () => {
    const [few, some, many] = [16, 100, 600].map(width)
    expect(some).toBeLessThan(0.75 * few)
    expect(many).toBeLessThan(0.75 * some)
  })

  test.each(['minmax', 'percentile-99.9', 'auto'])('is not known where %s has no scale', (id) => {
    const observer = new Observer('t')
    for (let at = 0; at < 20; at++) {
      const sample = Float32Array.of(at, -3e38, 3e38)
      observer.observe(sample, [foldOf(sample)])
    }
    expect(scaleInterval(observer.observation, calibrator(id), AFFINE_INT8)).toBeNull()
  })

  test('is the same for the same seed, and the scale its own', () => {
    const observation = observe(50, 3)
    for (const id of ['minmax', 'mse', 'entropy', 'histogram-l2', 'percentile-99.9']) {
      const options = { replicates: 20, seed: 5 }
      const interval = scaleInterval(observation, calibrator(id), AFFINE_INT8, options)!
      expect(scaleInterval(observation, calibrator(id), AFFINE_INT8, options)).toEqual(interval)
      const { scale, lo, hi, relativeWidth } = interval
      expect(scale).toBe(
        qparamsFromRange(calibrator(id).range(observation, AFFINE_INT8), AFFINE_INT8).scale[0],
      )
      expect(lo).toBeLessThanOrEqual(hi)
      expect(relativeWidth).toBe((hi - lo) / scale)
    }
  })

  test('does not exist where all samples are copies, or there is one, or for an average of batches', () => {
    expect(scaleInterval(observe(50, 1), calibrator('moving-average'), AFFINE_INT8)).toBeNull()
    expect(scaleInterval(observe(1, 1), bulk, AFFINE_INT8)).toBeNull()
    expect(scaleInterval(new Observer('t').observation, bulk, AFFINE_INT8)).toBeNull()
  })
})
