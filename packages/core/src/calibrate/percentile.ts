import { clippedAt, type Calibrator } from './calibrator.ts'
import { forEachBin, SIDES } from './histogram.ts'

/**
 * The smallest bin k such that bins 0 to k hold `percentile` percent of the total, from integer counts: a running
 * float sum would miss exact boundaries. -1 when there are no counts.
 */
export function percentileBin(counts: ArrayLike<number>, percentile: number): number {
  let total = 0
  for (let bin = 0; bin < counts.length; bin++) total += counts[bin]
  const wanted = (total * percentile) / 100 - 1e-9 * total
  let seen = 0
  for (let bin = 0; bin < counts.length; bin++) {
    seen += counts[bin]
    if (seen >= wanted && seen > 0) return bin
  }
  return -1
}

/**
 * Keeps the smallest `percentile` percent of magnitudes, zeros counted: [max(min, -T), min(max, T)], T the upper edge of the
 * bin where the share of |x| reaches the percentile (the lower edge, which is what NVIDIA's and ONNX Runtime's tools
 * take, clips a little more). Bins are the finest of the histogram: a far outlier does not widen them. Where zeros alone reach the
 * percentile, T is the upper edge of the least bin that is occupied, or of the first equal bin. Source: Wu et al. 2020, "Integer Quantization for Deep Learning Inference", section 4.
 */
export function percentile(percent: number, edge: 'lower' | 'upper' = 'upper'): Calibrator {
  return {
    id: `percentile-${percent}${edge === 'lower' ? '-lower' : ''}`,
    range: (observation) => {
      const { histogram } = observation
      const edges = { lower: [0], upper: [2 ** histogram.exponent] }
      const counts = [histogram.zeros]
      forEachBin(histogram, SIDES, (from, to, count) => {
        edges.lower.push(from)
        edges.upper.push(to)
        counts.push(count)
      })
      // Zeros have a bin of their own, which the least of the others bounds.
      edges.upper[0] = Math.min(edges.upper[0], edges.upper[1] ?? Infinity)
      return clippedAt(edges[edge][percentileBin(counts, percent)] ?? 0, observation)
    },
  }
}
