import { integerLimits } from '../numerics/qparams.ts'
import { rint } from '../numerics/rint.ts'
import { clippedAt, observedRange, type Calibrator } from './calibrator.ts'
import { magnitudes, type Histogram } from './histogram.ts'
import { kept } from './kept.ts'
import { shrunkRange, type WeightedValues } from './shrink.ts'

/**
 * The bin, from `first` on, whose centre c is the threshold with the least squared error when |x| is quantized with
 * scale c / qmax and clipped at c. Values lie at the centres of their bins. The first minimum wins; -1 without
 * candidates.
 */
export function mseBin(counts: ArrayLike<number>, first: number, qmax: number): number {
  let best = -1
  let least = Infinity
  // Over the bins past the candidate: their count, and the sum and sum of squares of their centres.
  let [n, sum, squares] = [0, 0, 0]
  for (let candidate = counts.length - 1; candidate >= first; candidate--) {
    const threshold = candidate + 0.5
    const clipped = squares - 2 * threshold * sum + threshold * threshold * n
    // From here on, the clipping error only grows.
    if (clipped > least) break
    const error = clipped + roundingError(counts, candidate, qmax / threshold)
    if (error <= least) [best, least] = [candidate, error]
    const count = counts[candidate]
    n += count
    sum += count * threshold
    squares += count * threshold * threshold
  }
  return best
}

/** The squared error of rounding bins 0 to `last`, in squares of the bin width. */
function roundingError(counts: ArrayLike<number>, last: number, perStep: number): number {
  let error = 0
  for (let bin = 0; bin <= last; bin++) {
    const steps = (bin + 0.5) * perStep
    const off = steps - rint(steps)
    error += counts[bin] * off * off
  }
  return error / (perStep * perStep)
}

/**
 * The range with the least expected squared error under the scheme, with values at the centres of their bins and zeros
 * at zero. Symmetric: every bin centre is tried as threshold. Affine: `shrunkRange` shrinks both ends in steps of
 * 1/100.
 */
export const mse: Calibrator = {
  id: 'mse',
  traits: {
    summary: 'the range of least expected squared error under the scheme',
    cost: 'search',
    dependsOnOrder: false,
    sweep: ['mse'],
  },
  range: kept((observation, scheme) => {
    const { histogram } = observation
    const observed = observedRange(observation)
    if (observed.min === observed.max) return observed
    if (!scheme.symmetric) return shrunkRange(centres(histogram), observed, integerLimits(scheme))
    const counts = magnitudes(histogram)
    const bin = mseBin(counts, 2 ** (scheme.bits - 1), 2 ** (scheme.bits - 1) - 1)
    return clippedAt((bin + 0.5) * 2 ** histogram.exponent, observation)
  }),
}

/** The centres of the occupied bins, without exact zeros, which cost nothing under any scale. */
function centres({ positive, negative, exponent }: Histogram): WeightedValues {
  const width = 2 ** exponent
  const values: number[] = []
  const counts: number[] = []
  for (const [side, sign] of [
    [negative, -width],
    [positive, width],
  ] as const)
    for (let bin = 0; bin < side.length; bin++) {
      if (side[bin] === 0) continue
      values.push((bin + 0.5) * sign)
      counts.push(side[bin])
    }
  return { values: Float64Array.from(values), counts: Float64Array.from(counts) }
}
