/** Most bins on one side of zero; the largest magnitude always lies in the upper half of them. */
const BINS = 4096
const LOG_BINS = 12
/** Bin width, as a power of two, that suits the smallest float32: every other is reached from it by doubling. */
const FINEST = -149 - LOG_BINS + 1

/**
 * Counts of finite values by sign and magnitude. The bin width is a power of two and bins are aligned to zero, so bins
 * of two histograms nest: whatever the order, split or merge of the data, the same values give the same bits. Memory does
 * not grow with the data.
 */
export interface Histogram {
  /** Width of a bin, `2 ** exponent`. The largest magnitude lies in bins 2048 to 4095. */
  readonly exponent: number
  /** positive[k] counts the x > 0, negative[k] the x < 0, with k <= |x| / width < k + 1. No trailing empty bins. */
  readonly positive: Float64Array
  readonly negative: Float64Array
  /** Exact zeros, in no bin: after a ReLU they are most of a tensor. */
  readonly zeros: number
}

/** A histogram being filled. Its width doubles as larger magnitudes arrive. */
export class HistogramBuilder {
  #exponent = FINEST
  /** Positive values from 0, negative ones from BINS. Zeros are counted in bin 0 and taken out of it by `snapshot`. */
  #counts = new Float64Array(2 * BINS)
  #zeros = 0

  /** Counts finite values. `largest` is their largest magnitude. */
  add(values: Float32Array, bits: Uint32Array, from: number, to: number, largest: number): void {
    this.#widen(exponentFor(largest))
    const counts = this.#counts
    const perWidth = 2 ** -this.#exponent
    let zeros = 0
    for (let i = from; i < to; i++) {
      const b = bits[i]
      const zero = ((b & 0x7fffffff) - 1) >>> 31
      const negative = (b >>> 31) & ~zero
      const bin = (Math.abs(values[i]) * perWidth) | 0
      counts[(negative << LOG_BINS) | bin]++
      zeros += zero
    }
    this.#zeros += zeros
  }

  snapshot(): Histogram {
    const positive = this.#counts.slice(0, BINS)
    positive[0] -= this.#zeros
    return {
      exponent: this.#exponent,
      positive: trimmed(positive),
      negative: trimmed(this.#counts.slice(BINS)),
      zeros: this.#zeros,
    }
  }

  #widen(exponent: number): void {
    if (exponent <= this.#exponent) return
    const doublings = exponent - this.#exponent
    const counts = new Float64Array(2 * BINS)
    for (const side of [0, BINS])
      counts.set(widened(this.#counts.subarray(side, side + BINS), doublings), side)
    this.#counts = counts
    this.#exponent = exponent
  }
}

/** The histogram of all the histograms' values, bit for bit what one pass over them gives. */
export function mergeHistograms(...parts: readonly Histogram[]): Histogram {
  const exponent = parts.reduce((most, part) => Math.max(most, part.exponent), FINEST)
  const side = (name: 'positive' | 'negative'): Float64Array =>
    sum(parts.map((part) => widened(part[name], exponent - part.exponent)))
  return {
    exponent,
    positive: side('positive'),
    negative: side('negative'),
    zeros: parts.reduce((zeros, part) => zeros + part.zeros, 0),
  }
}

/** The same counts in bins twice as wide. */
export function halved({ exponent, positive, negative, zeros }: Histogram): Histogram {
  return { exponent: exponent + 1, positive: widened(positive, 1), negative: widened(negative, 1), zeros }
}

/** Counts of |x| over the histogram's bins, exact zeros left out. */
export function magnitudes({ positive, negative }: Histogram): Float64Array {
  return sum([positive, negative])
}

/**
 * Counts in value order over bins of equal width, zeros in the bin that starts at 0, with neighbours joined until there
 * are at most `most` bins: for drawing. Bin i holds [lo + i*width, lo + (i+1)*width), mirrored ends below zero.
 */
export function outline(
  histogram: Histogram,
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

/** The exponent of the width that puts this magnitude in the upper half of the bins. */
function exponentFor(magnitude: number): number {
  return magnitude === 0 ? FINEST : floorLog2(magnitude) - LOG_BINS + 1
}

const scratch = new Float32Array(1)
const scratchBits = new Uint32Array(scratch.buffer)

/** Exact, subnormals included, for positive float32. */
function floorLog2(x: number): number {
  scratch[0] = x
  const bits = scratchBits[0]
  return bits < 0x800000 ? -118 - Math.clz32(bits) : (bits >>> 23) - 127
}

/** Joins bins in twos, `doublings` times over. */
function widened(counts: Float64Array, doublings: number): Float64Array {
  if (doublings === 0) return counts
  const shift = Math.min(doublings, 31)
  const joined = new Float64Array(counts.length === 0 ? 0 : ((counts.length - 1) >>> shift) + 1)
  for (let bin = 0; bin < counts.length; bin++) joined[bin >>> shift] += counts[bin]
  return joined
}

function sum(sides: readonly Float64Array[]): Float64Array {
  const total = new Float64Array(sides.reduce((longest, side) => Math.max(longest, side.length), 0))
  for (const side of sides) for (let bin = 0; bin < side.length; bin++) total[bin] += side[bin]
  return total
}

function trimmed(counts: Float64Array): Float64Array {
  return counts.slice(0, counts.findLastIndex((count) => count > 0) + 1)
}
