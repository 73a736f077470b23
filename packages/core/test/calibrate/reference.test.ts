import { expect } from 'vitest'
import { entropyThreshold } from '../../src/calibrate/entropy.ts'
import { mseBin } from '../../src/calibrate/mse.ts'
import { smoothedEntropyThreshold } from '../../src/calibrate/smoothed-entropy.ts'
import { percentileBin } from '../../src/calibrate/percentile.ts'
import { bestShrink, type WeightedValues } from '../../src/calibrate/shrink.ts'
import { Observer } from '../../src/calibrate/observer.ts'
import { calibrator } from '../../src/calibrate/registry.ts'
import { AFFINE_INT8, type Range } from '../../src/numerics/qparams.ts'
import { goldenInputs, goldenTest, type GoldenTensor } from '../numerics/golden.ts'

interface EntropyResult {
  threshold: number
  bins: number
  kl: number
}

interface CalibratorVectors {
  from_histogram: {
    distribution: string
    counts: GoldenTensor<Int32Array>
    width: number
    entropy: EntropyResult
    entropy_keep_zero_bin: EntropyResult
    entropy_unsigned_256: EntropyResult
    percentile: Record<string, { bin: number; lower_edge: number; upper_edge: number }>
    mse_s8: { amax: number; bin: number; mse: number }
    mse_u8: { amax: number; bin: number; mse: number }
  }[]
  from_raw: {
    distribution: string
    histogram?: {
      width: number
      bins: number
      total: number
      nonzero_bins: number
      weighted_index_sum: number
    }
    entropy?: EntropyResult
    percentile_exact_abs: Record<string, number>
    mse_grid_symmetric: { amax: number; k: number; mse: number } | null
    mse_grid_affine_u8: {
      min: number
      max: number
      k: number
      scale: number
      zero_point: number
      mse: number
    } | null
  }[]
}

/** Expects `actual` within 1e-9 of `expected`, relative. */
function near(actual: number, expected: number, what: string): void {
  expect(Math.abs(actual - expected), `${what}: ${actual} for ${expected}`).toBeLessThanOrEqual(
    1e-9 * Math.abs(expected),
  )
}

function expectEntropy(
  counts: ArrayLike<number>,
  width: number,
  expected: EntropyResult,
  levels: number,
  keepZeroBin: boolean,
  what: string,
): void {
  const { bins, divergence } = entropyThreshold(counts, levels, { keepZeroBin })
  expect(bins, what).toBe(expected.bins)
  near(bins * width, expected.threshold, what)
  expect(Math.abs(divergence - expected.kl), what).toBeLessThanOrEqual(1e-9)
}

goldenTest<CalibratorVectors>(
  'thresholds of given histograms',
  'calibrators_own_reference.json',
  ({ from_histogram }) => {
    for (const one of from_histogram) {
      const { counts, width, distribution } = one
      expectEntropy(counts.data, width, one.entropy, 128, false, distribution)
      expectEntropy(counts.data, width, one.entropy_keep_zero_bin, 128, true, distribution)
      expectEntropy(counts.data, width, one.entropy_unsigned_256, 256, false, distribution)
      for (const [percent, { bin, lower_edge, upper_edge }] of Object.entries(one.percentile)) {
        expect(percentileBin(counts.data, Number(percent)), `${distribution} ${percent}`).toBe(bin)
        near(bin * width, lower_edge, distribution)
        near((bin + 1) * width, upper_edge, distribution)
      }
      for (const [expected, levels, qmax] of [
        [one.mse_s8, 128, 127],
        [one.mse_u8, 256, 255],
      ] as const) {
        const bin = mseBin(counts.data, levels, qmax)
        expect(bin, distribution).toBe(expected.bin)
        near((bin + 0.5) * width, expected.amax, distribution)
      }
    }
  },
)

/**
 * The reference's own collector: bins as wide as the first non-zero batch's largest magnitude / 2048, appended as
 * needed.
 */
function collect(batches: readonly Float32Array[]): { counts: number[]; width: number } {
  let width = 0
  let counts: number[] = []
  for (const batch of batches) {
    const largest = batch.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
    if (width === 0) {
      if (largest === 0) continue
      width = largest / 2048
      counts = Array.from({ length: 2048 }, () => 0)
    }
    const bins = Math.max(counts.length, Math.ceil(largest / width))
    while (counts.length < bins) counts.push(0)
    for (const x of batch) counts[Math.min(Math.floor(Math.abs(x) / width), bins - 1)]++
  }
  return { counts, width }
}

goldenTest<CalibratorVectors>('thresholds of raw data', 'calibrators_own_reference.json', ({ from_raw }) => {
  const inputs = goldenInputs()
  for (const one of from_raw) {
    const batches = inputs.get(one.distribution)!.map(({ data }) => data)
    const values = Float64Array.from(batches.flatMap((batch) => [...batch]))
    if (one.histogram && one.entropy) {
      const { counts, width } = collect(batches)
      expect([width, counts.length], one.distribution).toEqual([one.histogram.width, one.histogram.bins])
      expect(counts.reduce((sum, count, bin) => sum + count * bin, 0)).toBe(one.histogram.weighted_index_sum)
      expectEntropy(counts, width, one.entropy, 128, false, one.distribution)
    }
    const range: Range = { min: Math.min(0, ...values), max: Math.max(0, ...values) }
    const points: WeightedValues = { values, counts: new Float64Array(values.length).fill(1) }
    if (one.mse_grid_symmetric) {
      const largest = Math.max(-range.min, range.max)
      const shrunk = (f: number): Range => ({ min: -largest * f, max: largest * f })
      const { fraction } = bestShrink(points, shrunk, { qmin: -127, qmax: 127 })
      expect(fraction, one.distribution).toBe(one.mse_grid_symmetric.k / 100)
      near(largest * fraction, one.mse_grid_symmetric.amax, one.distribution)
    }
    if (one.mse_grid_affine_u8) {
      const expected = one.mse_grid_affine_u8
      const shrunk = (f: number): Range => ({ min: range.min * f, max: range.max * f })
      const { fraction, error } = bestShrink(points, shrunk, { qmin: 0, qmax: 255 })
      expect(fraction, one.distribution).toBe(expected.k / 100)
      near(range.min * fraction, expected.min, one.distribution)
      near(range.max * fraction, expected.max, one.distribution)
      const noise = 1e-30 * Math.max(-range.min, range.max) ** 2
      const off = Math.abs(error / values.length - expected.mse)
      expect(off, one.distribution).toBeLessThanOrEqual(1e-9 * expected.mse + noise)
    }
  }
})

goldenTest<CalibratorVectors>(
  'percentiles of the shared histogram are a bin from the exact ones at most',
  'calibrators_own_reference.json',
  ({ from_raw }) => {
    const inputs = goldenInputs()
    for (const { distribution, percentile_exact_abs } of from_raw) {
      const observer = new Observer(distribution)
      const batches = inputs.get(distribution)!
      for (const { data } of batches) observer.observe(data)
      const { observation } = observer
      const magnitudes = batches.flatMap(({ data }) => Array.from(data, Math.abs)).toSorted((a, b) => a - b)
      for (const percent of Object.keys(percentile_exact_abs)) {
        const { min, max } = calibrator(`percentile-${Number(percent)}`).range(observation, AFFINE_INT8)
        const exact = magnitudes[Math.ceil((magnitudes.length * Number(percent)) / 100 - 1e-6) - 1]
        const threshold = Math.max(-min, max)
        const width = 2 ** observation.histogram.exponent
        expect(threshold, `${distribution} ${percent}`).toBeGreaterThanOrEqual(exact)
        expect(threshold - exact, `${distribution} ${percent}`).toBeLessThanOrEqual(width)
      }
    }
  },
)

interface SmoothedResult {
  min: number
  max: number
  index: number
  kl: number
}

goldenTest<{
  entropy_symmetric_smoothed: {
    distribution: string
    hist: GoldenTensor<Int32Array>
    edges: [number, number]
    levels: number
    eps: number
    result: SmoothedResult
    result_truncated_q: SmoothedResult
  }[]
}>(
  'smoothed entropy on two-sided histograms',
  'calibrators_own_reference.json',
  ({ entropy_symmetric_smoothed }) => {
    for (const { distribution, hist, edges, levels, eps, ...expected } of entropy_symmetric_smoothed)
      for (const truncate of [false, true]) {
        const { index, kl, max } = truncate ? expected.result_truncated_q : expected.result
        const { bins, divergence } = smoothedEntropyThreshold(hist.data, levels, { epsilon: eps, truncate })
        expect(bins, distribution).toBe(index + levels / 2)
        expect(Math.abs(divergence - kl), distribution).toBeLessThanOrEqual(1e-9)
        const width = (edges[1] - edges[0]) / hist.data.length
        // The recorded edges are float32.
        expect(Math.abs((bins + 0.5) * width - max) / max, distribution).toBeLessThanOrEqual(1e-6)
      }
  },
)
