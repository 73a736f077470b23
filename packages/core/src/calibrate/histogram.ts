/** The most equal bins on one side of zero. The largest magnitude always lies in their upper half. */
export const BINS = 4096
export const LOG_BINS = 12
/** The number of bins in an octave that is counted separately. */
const OCTAVE_BINS = 128
export const LOG_OCTAVE_BINS = 7
/** The bin width for the smallest float32, as a power of two. Doubling it reaches every other bin width. */
export const FINEST: number = -149 - LOG_BINS + 1

/** Counts of finite values by sign and magnitude in bins of one width. */
export interface EqualBins {
  /**
   * The width of a bin is `2 ** exponent`. Unless the histogram was widened, bins 2048 to 4095 hold the largest
   * magnitude.
   */
  readonly exponent: number
  /** positive[k] counts the x > 0, negative[k] the x < 0, with k <= |x| / width < k + 1. No trailing empty bins. */
  readonly positive: Float64Array
  readonly negative: Float64Array
  /** The number of exact zeros, which are in no bin. After a ReLU, most values of a tensor are zeros. */
  readonly zeros: number
}

/**
 * Counts of finite values by sign and magnitude. The bin width is a power of two and bins are aligned to zero, so the
 * bins of two histograms nest: the same values give the same bits in any order, split or merge. Memory does not grow
 * with the data.
 *
 * Values in the first 128 equal bins, as a rule more than four octaves below the largest magnitude, are also counted by
 * octaves, because one far outlier widens the equal bins past all other values. See `forEachBin`.
 */
export interface Histogram extends EqualBins {
  /** The octaves below `2 ** (exponent + 7)` that hold values, ascending. */
  readonly octaves: readonly Octave[]
}

/** The magnitudes in [2^exponent, 2^(exponent + 1)), by sign, in 128 equal bins. */
export interface Octave {
  readonly exponent: number
  readonly positive: Float64Array
  readonly negative: Float64Array
}

export function emptyOctave(exponent: number): Octave {
  return { exponent, positive: new Float64Array(OCTAVE_BINS), negative: new Float64Array(OCTAVE_BINS) }
}

export const SIDES = ['positive', 'negative'] as const
export type Side = (typeof SIDES)[number]

/**
 * Visits the finest occupied bins of one side, or of both sides together, by ascending magnitude: `count` magnitudes
 * lie in [from, to). No bin holds zeros.
 */
export function forEachBin(
  histogram: Histogram,
  sides: readonly Side[],
  visit: (from: number, to: number, count: number) => void,
): void {
  for (const octave of histogram.octaves) {
    const counts = sum(sides.map((side) => octave[side]))
    const width = 2 ** (octave.exponent - LOG_OCTAVE_BINS)
    for (let bin = 0; bin < OCTAVE_BINS; bin++)
      if (counts[bin] > 0) visit((OCTAVE_BINS + bin) * width, (OCTAVE_BINS + bin + 1) * width, counts[bin])
  }
  const counts = sum(sides.map((side) => histogram[side]))
  const width = 2 ** histogram.exponent
  for (let bin = OCTAVE_BINS; bin < counts.length; bin++)
    if (counts[bin] > 0) visit(bin * width, (bin + 1) * width, counts[bin])
}

/** Merges histograms. The result has the same bits as one pass over all their values. */
export function mergeHistograms(...parts: readonly Histogram[]): Histogram {
  const exponent = parts.reduce((most, part) => Math.max(most, part.exponent), FINEST)
  return {
    ...mergeEqualBins(parts, exponent),
    octaves: mergeOctaves(parts, exponent + LOG_OCTAVE_BINS),
  }
}

/**
 * The histogram with equal bins of width 2^exponent, which must not be less than its own width. A histogram has this
 * form beside a histogram of larger magnitudes.
 */
export function widenHistogram(histogram: Histogram, exponent: number): Histogram {
  return mergeHistograms(histogram, { ...EMPTY, exponent })
}

const EMPTY: Histogram = {
  exponent: FINEST,
  positive: new Float64Array(0),
  negative: new Float64Array(0),
  zeros: 0,
  octaves: [],
}

function mergeEqualBins(parts: readonly EqualBins[], exponent: number): EqualBins {
  const side = (name: Side): Float64Array =>
    sum(parts.map((part) => widened(part[name], exponent - part.exponent)))
  return {
    exponent,
    positive: side('positive'),
    negative: side('negative'),
    zeros: parts.reduce((zeros, part) => zeros + part.zeros, 0),
  }
}

/** All octaves below 2^end: octaves that parts count separately, and octaves that lie in the equal bins of parts. */
function mergeOctaves(parts: readonly Histogram[], end: number): Octave[] {
  const merged = new Map<number, Octave>()
  const at = (exponent: number): Octave => {
    const octave = merged.get(exponent) ?? emptyOctave(exponent)
    merged.set(exponent, octave)
    return octave
  }
  for (const part of parts) {
    for (const octave of part.octaves) {
      const into = at(octave.exponent)
      for (const side of SIDES) addJoined(into[side], octave[side], 0)
    }
    const top = Math.min(end, part.exponent + LOG_BINS)
    for (let exponent = part.exponent + LOG_OCTAVE_BINS; exponent < top; exponent++)
      for (const side of SIDES) {
        const doublings = exponent - part.exponent
        const counts = part[side].subarray(2 ** doublings, 2 ** (doublings + 1))
        if (counts.some((count) => count > 0))
          addJoined(at(exponent)[side], counts, doublings - LOG_OCTAVE_BINS)
      }
  }
  return [...merged.values()].sort((a, b) => a.exponent - b.exponent)
}

/** The same counts in bins twice as wide. */
export function halved({ exponent, positive, negative, zeros }: EqualBins): EqualBins {
  return { exponent: exponent + 1, positive: widened(positive, 1), negative: widened(negative, 1), zeros }
}

/** Counts of |x| over the equal bins, without exact zeros. */
export function magnitudes(bins: EqualBins): Float64Array {
  return sum(SIDES.map((side) => bins[side]))
}

/**
 * Counts in value order over bins of equal width, for drawing. Zeros are in the bin that starts at 0. Neighbours are
 * joined until there are at most `most` bins. Bin i holds [lo + i*width, lo + (i+1)*width); below zero, the ends are
 * mirrored.
 */
export function outline(
  histogram: EqualBins,
  most: number,
): { readonly lo: number; readonly width: number; readonly counts: Float64Array } {
  let { exponent, positive, negative } = histogram
  while (negative.length + Math.max(positive.length, 1) > most && exponent < histogram.exponent + LOG_BINS) {
    exponent++
    positive = widened(positive, 1)
    negative = widened(negative, 1)
  }
  const counts = new Float64Array(negative.length + Math.max(positive.length, 1))
  counts.set(negative.toReversed())
  counts.set(positive, negative.length)
  counts[negative.length] += histogram.zeros
  const width = 2 ** exponent
  return { lo: -negative.length * width + 0, width, counts }
}

/** Joins bins in twos, `doublings` times over. */
function widened(counts: Float64Array, doublings: number): Float64Array {
  if (doublings === 0) return counts
  const shift = Math.min(doublings, 31)
  const joined = new Float64Array(counts.length === 0 ? 0 : ((counts.length - 1) >>> shift) + 1)
  for (let bin = 0; bin < counts.length; bin++) joined[bin >>> shift] += counts[bin]
  return joined
}

/** Adds counts, joined in twos `doublings` times over. */
function addJoined(into: Float64Array, counts: Float64Array, doublings: number): void {
  for (let bin = 0; bin < counts.length; bin++) into[bin >>> doublings] += counts[bin]
}

function sum(sides: readonly Float64Array[]): Float64Array {
  const total = new Float64Array(sides.reduce((longest, side) => Math.max(longest, side.length), 0))
  for (const side of sides) for (let bin = 0; bin < side.length; bin++) total[bin] += side[bin]
  return total
}
