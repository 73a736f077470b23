import { widenHistogram, type Histogram } from '../calibrate/histogram.ts'
import type { Observation } from '../calibrate/observation.ts'
import type { WeightedValues } from '../calibrate/shrink.ts'

/** The distance of new values from the values of a reference. All figures are 0 for equal distributions. */
export interface DistributionShift {
  /** The largest distance of the cumulative distributions, 0 to 1 (Kolmogorov and Smirnov, two-sided). */
  readonly ks: number
  /** The area between the cumulative distributions, in the values' unit. */
  readonly wasserstein: number
  /** The Jensen-Shannon divergence over 64 equal bins from the least to the largest of all values, 0 to 1 bit. */
  readonly jsDivergenceBits: number
  /**
   * The population stability index over the reference's deciles, with open outer bins: Σ (p - q) ln(p / q), with
   * shares of at least 1e-6. A rule of thumb of credit scoring calls 0.1 a small shift and 0.25 a large shift.
   */
  readonly psi: number
  /** The share of new values outside the reference's ends. */
  readonly outOfRange: number
}

/** Values in ascending order, each with count 1. */
export function weighted(x: ArrayLike<number>): WeightedValues {
  const values = Float64Array.from(x).sort()
  return { values, counts: new Float64Array(values.length).fill(1) }
}

/**
 * `distributionShift` between two observations of one tensor, over the middles of the bins that both histograms share.
 * A bin is at most 1/2048 of the largest magnitude of both. Null if either observation has no finite value.
 */
export function observedShift(reference: Observation, fresh: Observation): DistributionShift | null {
  if (reference.count === 0 || fresh.count === 0) return null
  const exponent = Math.max(reference.histogram.exponent, fresh.histogram.exponent)
  return distributionShift(middles(reference.histogram, exponent), middles(fresh.histogram, exponent))
}

/** The middles of occupied bins of width 2^exponent, ascending. Zeros are a separate value. */
function middles(histogram: Histogram, exponent: number): WeightedValues {
  const { positive, negative, zeros } = widenHistogram(histogram, exponent)
  const width = 2 ** exponent
  const values: number[] = []
  const counts: number[] = []
  const put = (value: number, count: number): void => {
    if (count === 0) return
    values.push(value)
    counts.push(count)
  }
  for (let bin = negative.length - 1; bin >= 0; bin--) put(-(bin + 0.5) * width, negative[bin])
  put(0, zeros)
  for (let bin = 0; bin < positive.length; bin++) put((bin + 0.5) * width, positive[bin])
  return { values: Float64Array.from(values), counts: Float64Array.from(counts) }
}

/**
 * Compares two samples or histograms, given as ascending values with their counts.
 * @throws RangeError if either has no values.
 */
export function distributionShift(reference: WeightedValues, fresh: WeightedValues): DistributionShift {
  const [of, to] = [countOf(reference), countOf(fresh)]
  if (!(of > 0 && to > 0)) throw new RangeError('a distribution has no values')
  const { ks, wasserstein } = distances(reference, fresh, of, to)
  const { values } = reference
  const [least, most] = [values[0], values[values.length - 1]]
  let outside = 0
  for (let i = 0; i < fresh.values.length; i++)
    if (fresh.values[i] < least || fresh.values[i] > most) outside += fresh.counts[i]
  const deciles = Array.from({ length: DECILES - 1 }, (_, k) => quantile(reference, of, (k + 1) / DECILES))
  const shares = (x: WeightedValues, total: number): Float64Array =>
    binned(x, deciles).map((count) => Math.max(count / total, LEAST_SHARE))
  const edges = equalEdges(reference, fresh)
  return {
    ks,
    wasserstein,
    jsDivergenceBits: jensenShannon(
      binned(reference, edges).map((count) => count / of),
      binned(fresh, edges).map((count) => count / to),
    ),
    psi: stability(shares(reference, of), shares(fresh, to)),
    outOfRange: outside / to,
  }
}

const DECILES = 10
const LEAST_SHARE = 1e-6
const JS_BINS = 64

function countOf({ counts }: WeightedValues): number {
  return counts.reduce((sum, count) => sum + count, 0)
}

/** Walks both step functions from jump to jump. */
function distances(
  a: WeightedValues,
  b: WeightedValues,
  ofA: number,
  ofB: number,
): { readonly ks: number; readonly wasserstein: number } {
  let [i, j, belowA, belowB, ks, wasserstein] = [0, 0, 0, 0, 0, 0]
  let from = Math.min(a.values[0], b.values[0])
  while (i < a.values.length || j < b.values.length) {
    const at = Math.min(a.values[i] ?? Infinity, b.values[j] ?? Infinity)
    const apart = Math.abs(belowA / ofA - belowB / ofB)
    wasserstein += apart * (at - from)
    if (apart > ks) ks = apart
    from = at
    while (a.values[i] === at) belowA += a.counts[i++]
    while (b.values[j] === at) belowB += b.counts[j++]
  }
  return { ks, wasserstein }
}

/** The quantile between order statistics, by linear interpolation (numpy's default). */
function quantile({ values, counts }: WeightedValues, total: number, p: number): number {
  const position = p * (total - 1)
  const below = Math.floor(position)
  const t = position - below
  const [a, b] = [orderStatistic(values, counts, below), orderStatistic(values, counts, below + 1)]
  return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t)
}

function orderStatistic(values: Float64Array, counts: Float64Array, rank: number): number {
  let seen = 0
  for (let i = 0; i < values.length; i++) {
    seen += counts[i]
    if (seen > rank) return values[i]
  }
  return values[values.length - 1]
}

/** Counts between ascending inner edges. A value on an edge counts above it. The outer bins are open. */
function binned({ values, counts }: WeightedValues, edges: readonly number[]): Float64Array {
  const bins = new Float64Array(edges.length + 1)
  let bin = 0
  for (let i = 0; i < values.length; i++) {
    while (bin < edges.length && values[i] >= edges[bin]) bin++
    bins[bin] += counts[i]
  }
  return bins
}

/** The inner edges of equal bins from the least to the largest value of both samples. */
function equalEdges(a: WeightedValues, b: WeightedValues): number[] {
  const lo = Math.min(a.values[0], b.values[0])
  const hi = Math.max(a.values[a.values.length - 1], b.values[b.values.length - 1])
  const step = (hi - lo) / JS_BINS
  return step === 0 ? [] : Array.from({ length: JS_BINS - 1 }, (_, k) => lo + (k + 1) * step)
}

function jensenShannon(p: Float64Array, q: Float64Array): number {
  let bits = 0
  for (let bin = 0; bin < p.length; bin++) {
    const middle = (p[bin] + q[bin]) / 2
    if (p[bin] > 0) bits += (p[bin] * Math.log2(p[bin] / middle)) / 2
    if (q[bin] > 0) bits += (q[bin] * Math.log2(q[bin] / middle)) / 2
  }
  return Math.max(bits, 0)
}

function stability(p: Float64Array, q: Float64Array): number {
  return p.reduce((sum, share, bin) => sum + (q[bin] - share) * Math.log(q[bin] / share), 0)
}
