import { observedRange, type Calibrator } from './calibrator.ts'
import { outline } from './histogram.ts'
import { kept } from './kept.ts'

/** The share of the values that each step may cut off at one side of a candidate range. */
const STEP = 1e-5

/** The first and last bin kept. */
export interface BinRange {
  readonly first: number
  readonly last: number
}

/**
 * Narrows a histogram of equal bins from both sides while the squared error of quantizing it to `levels` levels does
 * not rise. Values are spread evenly in their bins; values outside the range move to the outermost level. Each step
 * narrows the side that frees more bins for a hundred-thousandth of the values, and the upper side at a tie. It
 * computes in float64: in float32 the cubes overflow or vanish for magnitudes near 1e30 or 1e-39, and the range
 * collapses.
 *
 * Source: PyTorch's HistogramObserver (`_non_linear_param_search`), which is the same in all versions.
 */
export function leastL2Bins(counts: ArrayLike<number>, levels: number): BinRange {
  const upTo = new Float64Array(counts.length)
  const bins: number[] = []
  let total = 0
  for (let bin = 0; bin < counts.length; bin++) {
    total += counts[bin]
    upTo[bin] = total
    if (counts[bin] > 0) bins.push(bin)
  }
  const occupied = Int32Array.from(bins)
  const counted = Float64Array.from(bins, (bin) => counts[bin])
  let first = 0
  let last = counts.length - 1
  let least = Infinity
  for (let alpha = 0, beta = 1; alpha < beta;) {
    const [nextAlpha, nextBeta] = [alpha + STEP, beta - STEP]
    let low = first
    let high = last
    while (low < last && upTo[low] < nextAlpha * total) low++
    while (high > first && upTo[high] > nextBeta * total) high--
    const next = low - first > last - high ? { first: low, last } : { first, last: high }
    if (low - first > last - high) alpha = nextAlpha
    else beta = nextBeta
    if (next.first === first && next.last === last) continue
    const error = squaredError(occupied, counted, next, levels)
    if (error > least) break
    least = error
    first = next.first
    last = next.last
  }
  return { first, last }
}

/** The squared error, in squares of the bin width. Each level represents the values of its own stretch of the range. */
function squaredError(
  occupied: Int32Array,
  counts: Float64Array,
  { first, last }: BinRange,
  levels: number,
): number {
  const width = (last - first + 1) / levels
  const whole = width ** 3 / 12
  let error = 0
  for (let i = 0; i < occupied.length; i++) {
    const begin = occupied[i] - first
    const end = begin + 1
    const from = levelAt(begin, width, levels)
    const to = levelAt(end, width, levels)
    const before = begin - (from + 0.5) * width
    const after = end - (to + 0.5) * width
    error += counts[i] * ((after * after * after - before * before * before) / 3 + (to - from) * whole)
  }
  return error
}

function levelAt(position: number, width: number, levels: number): number {
  const level = Math.floor(position / width)
  return level < 0 ? 0 : level >= levels ? levels - 1 : level
}

/**
 * The most bins that are searched. Bins are joined in twos, so this is twice PyTorch's number: never fewer bins than
 * PyTorch has.
 */
const MOST_BINS = 4096

/**
 * PyTorch's search for the least squared error, over the shared histogram. The bins are aligned to zero instead of to
 * the observed ends. So the range equals PyTorch's to within a bin or two and does not depend on the batches of the
 * data.
 */
export const histogramL2: Calibrator = {
  id: 'histogram-l2',
  traits: {
    summary:
      "the non-linear search of PyTorch's HistogramObserver (2.3 and later), in float64: in float32 its " +
      'cubed error overflows and the range collapses',
    cost: 'search',
    dependsOnOrder: false,
    sweep: [],
  },
  range: kept((observation, scheme) => {
    const { min, max } = observedRange(observation)
    if (min === max) return { min, max }
    const { lo, width, counts } = outline(observation.histogram, MOST_BINS)
    const { first, last } = leastL2Bins(counts, 2 ** scheme.bits)
    return {
      min: Math.min(Math.max(lo + first * width, min), 0) + 0,
      max: Math.max(Math.min(lo + (last + 1) * width, max), 0),
    }
  }),
}
