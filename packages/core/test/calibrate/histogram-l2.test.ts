import { describe, expect, test } from 'vitest'
import { leastL2Bins } from '../../src/calibrate/histogram-l2.ts'
import { Observer } from '../../src/calibrate/observer.ts'
import { calibrator } from '../../src/calibrate/registry.ts'
import { TorchHistogram } from '../../src/calibrate/torch-histogram.ts'
import {
  affineQParams,
  AFFINE_INT8,
  symmetricScale,
  TORCH_SCALE_FLOOR,
  type Range,
} from '../../src/numerics/qparams.ts'
import { goldenInputs, goldenTest, type GoldenTensor } from '../numerics/golden.ts'

interface HistogramVectors {
  cases: {
    distribution: string
    variant: string
    hist_min: number
    hist_max: number
    hist_sum: number
    start_bin: number
    end_bin: number
    min: number
    max: number
    robust: boolean
    qparams: Record<'u8_affine' | 's8_affine' | 's8_sym', [scale: number, zeroPoint: number]>
  }[]
  histograms_v2_3: Record<string, GoldenTensor<Float32Array>>
}

goldenTest<HistogramVectors>(
  'the histogram observer of torch 2.3: counts, bins and range',
  'histogram_observer.json',
  ({ cases, histograms_v2_3 }) => {
    const inputs = goldenInputs()
    for (const one of cases.filter(({ variant }) => variant === 'v2_3')) {
      const what = one.distribution
      const histogram = new TorchHistogram()
      for (const { data } of inputs.get(what)!) histogram.observe(data)
      const { counts } = histogram
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(one.hist_sum)
      if (histograms_v2_3[what]) expect(counts, what).toEqual(Float64Array.from(histograms_v2_3[what].data))
      const { bins, range } = histogram.search()
      expect(bins, what).toEqual({ first: one.start_bin, last: one.end_bin })
      const within = 1e-6 * (one.hist_max - one.hist_min)
      expect(Math.abs(range.min - one.min), what).toBeLessThanOrEqual(within)
      expect(Math.abs(range.max - one.max), what).toBeLessThanOrEqual(within)
      for (const [id, [scale, zeroPoint]] of Object.entries(one.qparams)) {
        const limits = id.startsWith('u8') ? { qmin: 0, qmax: 255 } : { qmin: -128, qmax: 127 }
        const floor = { scaleFloor: TORCH_SCALE_FLOOR }
        const found = id.endsWith('sym')
          ? { scale: symmetricScale(range, limits, floor), zeroPoint: 0 }
          : affineQParams(range, limits, floor)
        expect(Math.abs(found.scale - scale), `${what} ${id}`).toBeLessThanOrEqual(1e-6 * scale)
        expect(found.zeroPoint, `${what} ${id}`).toBe(zeroPoint)
      }
    }
  },
)

goldenTest<HistogramVectors>(
  'the shared histogram errs little more than the histogram observer of torch 2.3',
  'histogram_observer.json',
  ({ cases }) => {
    const inputs = goldenInputs()
    for (const { distribution, min, max } of cases.filter(({ variant }) => variant === 'v2_3')) {
      const observer = new Observer(distribution)
      const batches = inputs.get(distribution)!.map(({ data }) => data)
      for (const batch of batches) observer.observe(batch)
      const ours = calibrator('histogram-l2').range(observer.observation, AFFINE_INT8)
      const x = batches.flatMap((batch) => Array.from(batch))
      const theirs = squaredError(x, { min: Math.min(min, 0), max: Math.max(max, 0) })
      expect(squaredError(x, ours), distribution).toBeLessThanOrEqual(1.25 * theirs)
    }
  },
)

function squaredError(x: readonly number[], range: Range): number {
  const { scale, zeroPoint } = affineQParams(range, { qmin: 0, qmax: 255 })
  let sum = 0
  for (const value of x) {
    const q = Math.min(255, Math.max(0, Math.round(value / scale) + zeroPoint))
    sum += (value - (q - zeroPoint) * scale) ** 2
  }
  return sum
}

describe('histogram-l2', () => {
  test('keeps an even spread, but for the first bin that gives way unasked, and cuts off a far outlier', () => {
    const even = new Float64Array(64).fill(10)
    expect(leastL2Bins(even, 16)).toEqual({ first: 0, last: 62 })
    const outlier = Float64Array.of(...even.map(() => 1e6), ...new Float64Array(448))
    outlier[511] = 1
    const { first, last } = leastL2Bins(outlier, 16)
    expect(first).toBe(0)
    expect(last).toBeLessThan(128)
  })

  test('finds the same bins whatever the unit: nothing overflows or vanishes', () => {
    const bell = Float32Array.from({ length: 4000 }, (_, i) => Math.tan(1.5 * Math.sin(i)))
    const found = [2 ** -120, 1, 2 ** 100].map((unit) => {
      const observer = new Observer('t')
      observer.observe(bell.map((x) => x * unit))
      const { min, max } = calibrator('histogram-l2').range(observer.observation, AFFINE_INT8)
      return [min / unit, max / unit]
    })
    expect(found[0]).toEqual(found[1])
    expect(found[2]).toEqual(found[1])
    expect(found[1][1]).toBeLessThan(14.2)
  })
})

test('the torch histogram refuses to search before it has seen a value', () => {
  const histogram = new TorchHistogram()
  histogram.observe(Float32Array.of(NaN, Infinity))
  expect(() => histogram.search()).toThrow(/no finite value/)
})
