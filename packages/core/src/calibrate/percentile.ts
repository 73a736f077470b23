import { clippedAt, type Calibrator, type CalibratorFamily, type CalibratorTraits } from './calibrator.ts'
import { forEachBin, SIDES } from './histogram.ts'

const TRAITS: CalibratorTraits = {
  summary: 'the smallest P percent of magnitudes, to the upper edge of the finest bin that reaches it',
  cost: 'counts',
  dependsOnOrder: false,
  sweep: ['percentile-99.9', 'percentile-99.99', 'percentile-99.999'],
}

/**
 * The smallest bin k such that bins 0 to k hold `percentile` percent of the total; -1 without counts. It sums integer
 * counts, because a running float sum would miss exact boundaries.
 */
export function percentileBin(counts: ArrayLike<number>, percentile: number): number {
  let total = 0
  for (let bin = 0; bin < counts.length; bin++) total += counts[bin]
  const wanted = wantedOf(total, percentile)
  let seen = 0
  for (let bin = 0; bin < counts.length; bin++) {
    seen += counts[bin]
    if (seen >= wanted && seen > 0) return bin
  }
  return -1
}

/**
 * Keeps the smallest `percentile` percent of magnitudes, zeros counted: [max(min, -T), min(max, T)]. T is the upper
 * edge of the bin where the share of |x| reaches the percentile. The tools of NVIDIA and ONNX Runtime take the lower
 * edge, which clips a little more. Bins are the finest of the histogram, so a far outlier does not widen them. If zeros
 * alone reach the percentile, T is the upper edge of the lowest occupied bin, or of the first equal bin. Source: Wu et
 * al. 2020, "Integer Quantization for Deep Learning Inference", section 4.
 */
export function percentile(percent: number, edge: 'lower' | 'upper' = 'upper'): Calibrator {
  return {
    id: `percentile-${percent}${edge === 'lower' ? '-lower' : ''}`,
    traits: TRAITS,
    range: (observation) => {
      const { histogram, count } = observation
      const wanted = wantedOf(count, percent)
      let seen = histogram.zeros
      let threshold = 0
      let found = seen > 0 && seen >= wanted
      let first = true
      forEachBin(histogram, SIDES, (lower, upper, count) => {
        // Zeros have their own bin, bounded by the lowest occupied bin.
        if (first && found && edge === 'upper') threshold = Math.min(upper, 2 ** histogram.exponent)
        first = false
        seen += count
        if (!found && seen >= wanted) threshold = edge === 'upper' ? upper : lower
        found ||= seen >= wanted
      })
      return clippedAt(threshold, observation)
    },
  }
}

/** Any percentile. `-lower` after the number takes the lower edge of the bin. */
export const percentiles: CalibratorFamily = {
  id: 'percentile-P',
  bounds: '0 < P <= 100',
  traits: TRAITS,
  member(id) {
    const [, digits, lower] = /^percentile-(\d+(?:\.\d+)?)(-lower)?$/.exec(id) ?? []
    const percent = Number(digits)
    return percent > 0 && percent <= 100 ? percentile(percent, lower ? 'lower' : 'upper') : undefined
  },
}

/**
 * The count that a percentile of the total must reach. It is slightly lower, because a product of floats may exceed a
 * whole count.
 */
function wantedOf(total: number, percentile: number): number {
  return (total * percentile) / 100 - 1e-9 * total
}
