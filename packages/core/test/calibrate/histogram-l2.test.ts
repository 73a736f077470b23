import { describe, expect, test } from 'vitest'
import { leastL2Bins } from '../../src/calibrate/histogram-l2.ts'
import { Observer } from '../../src/calibrate/observer.ts'
import { calibrator } from '../../src/calibrate/registry.ts'
import { TorchHistogram } from './torch-histogram.ts'
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
      const { histogram, undecided } = collected(inputs.get(what)!.map(({ data }) => data))
      const { counts } = histogram
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(one.hist_sum)
      const recorded = histograms_v2_3[what]?.data
      if (recorded) {
        expect(distance(counts, recorded), what).toBeLessThanOrEqual(undecided)
        expect(leastL2Bins(recorded, 256), what).toEqual({ first: one.start_bin, last: one.end_bin })
      }
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

/**
 * A torch histogram of some batches, and the mass that bins could as well yield to their neighbours: parts of a bin
 * whose middle is an edge of the wider bins, to the last bits of float32. The vectors take their edges from
 * torch.linspace of version 1.13, whose last bits depend on the width of the CPU's vectors; from 2.0 on they do not,
 * and `TorchHistogram` has those. So where the two differ, by a sixteenth of a bin on about one draw in six of
 * relu_half_normal, the vectors err and not Octet.
 */
function collected(batches: readonly Float32Array[]): { histogram: TorchHistogram; undecided: number } {
  const histogram = new TorchHistogram()
  let undecided = 0
  let [lo, hi] = [Infinity, -Infinity]
  for (const batch of batches) {
    const [from, to, counts] = [lo, hi, histogram.counts]
    for (const x of batch) [lo, hi] = [Math.min(lo, x), Math.max(hi, x)]
    histogram.observe(batch)
    if (!(from < to) || (from === lo && to === hi)) continue
    const width = (hi - lo) / 2048
    const rounding = 2 ** -22 * Math.max(Math.abs(lo), Math.abs(hi))
    for (let part = 0; part < 16 * 2048; part++) {
      const middle = (from + ((part + 0.5) * (to - from)) / (16 * 2048) - lo) / width
      if (Math.abs(middle - Math.round(middle)) * width <= rounding) undecided += counts[part >> 4] / 16
    }
  }
  return { histogram, undecided }
}

/** By how many bins mass has to be moved, in all, to make one histogram of the other. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [ahead, moved] = [0, 0]
  for (let bin = 0; bin < a.length; bin++) {
    ahead += a[bin] - b[bin]
    moved += Math.abs(ahead)
  }
  return moved
}

test('the torch histogram takes the middle edge from its upper end, as torch.linspace does', () => {
  const histogram = new TorchHistogram()
  const value = -2.24 + (652.5 / 2048) * 3.58
  histogram.observe(Float32Array.of(-2.24, 1.34, ...Array.from({ length: 16 }, () => value)))
  histogram.observe(Float32Array.of(-9.5, 7.3))
  // The edge is -1.0999994 counted from 7.3 and -1.1000004 counted from -9.5, which is where the middle of one part
  // lies. Recorded from torch 1.13.1, whose linspace computes this point as later versions do.
  expect([...histogram.counts.subarray(1023, 1025)]).toEqual([3, 13])
})

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
