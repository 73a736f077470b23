/** What paired timings say of a variant against the default. */
export interface Verdict {
  /** Median over the rounds of the default's time to the variant's: > 1 is faster. */
  readonly ratio: number
  /**
   * Interval of that median by order statistics, at a confidence of 95% or more (6 rounds are the fewest that have
   * one).
   */
  readonly low: number
  readonly high: number
}

/** A gain below this is not worth another choice than the default. */
const LEAST_GAIN = 1.03
/** A variant that never came nearer than this to the default's time is not timed any further. */
const HOPELESS = 0.8
const FEWEST_ROUNDS = 3

/** Paired ratios, one a round. */
export function verdictOf(ratios: readonly number[]): Verdict {
  const sorted = ratios.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const ratio = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  const outer = outerRank(sorted.length)
  return outer === undefined
    ? { ratio, low: 0, high: Infinity }
    : { ratio, low: sorted[outer], high: sorted[sorted.length - 1 - outer] }
}

/** Whether a variant is faster beyond doubt, and by enough. */
export function isBetter({ ratio, low }: Verdict): boolean {
  return low > 1 && ratio >= LEAST_GAIN
}

/** Whether further rounds would not make it the choice. */
export function isHopeless(ratios: readonly number[]): boolean {
  return ratios.length >= FEWEST_ROUNDS && ratios.every((ratio) => !(ratio > HOPELESS))
}

/**
 * How many values may be left out at each end so that the rest still covers the median with 95% (David and Nagaraja
 * 2003, 7.1).
 */
function outerRank(count: number): number | undefined {
  let term = 0.5 ** count
  let tail = term
  let outer: number | undefined
  for (let k = 0; 2 * tail <= 0.05; k++) {
    outer = k
    term *= (count - k) / (k + 1)
    tail += term
  }
  return outer
}
