import type { Interval } from './median.ts'

/** The 0.975 quantiles of Student's t with 1, 2, ... degrees of freedom, as printed in statistical tables. */
const QUANTILES = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
]

/** The most degrees of freedom for `studentT`. */
export const MOST_FREEDOM: number = QUANTILES.length

/**
 * The 0.975 quantile of Student's t, to three decimals.
 * @throws RangeError unless `freedom` is a whole number from 1 to MOST_FREEDOM.
 */
export function studentT(freedom: number): number {
  const quantile = QUANTILES[freedom - 1]
  if (quantile === undefined) throw new RangeError(`${freedom} degrees of freedom`)
  return quantile
}

/**
 * The mean of some values with its 95% interval, which assumes that the values come from one normal distribution.
 * @throws RangeError for fewer than two values, or more than MOST_FREEDOM + 1.
 */
export function meanInterval(values: readonly number[]): { readonly mean: number; readonly ci95: Interval } {
  const count = values.length
  const half = studentT(count - 1)
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const reach = half * Math.sqrt(squares / (count - 1) / count)
  return { mean, ci95: [mean - reach, mean + reach] }
}

/**
 * The value that Student's t exceeds in magnitude with probability `tail`, from the finite sum of its distribution
 * (Abramowitz and Stegun, Handbook of Mathematical Functions, 1964, 26.7.3 and 26.7.4). It has six digits for tails
 * from 1e-9 on, because a small tail is the difference of a sum from 1.
 * @throws RangeError unless `freedom` is a whole number of at least 1, and 0 < tail < 1.
 */
export function studentTail(tail: number, freedom: number): number {
  if (!(Number.isInteger(freedom) && freedom >= 1 && tail > 0 && tail < 1))
    throw new RangeError(`no tail of ${tail} with ${freedom} degrees of freedom`)
  let [lo, hi] = [0, 1]
  while (beyond(hi, freedom) > tail) hi *= 2
  while (hi - lo > 1e-10 * hi) {
    const middle = (lo + hi) / 2
    if (beyond(middle, freedom) > tail) lo = middle
    else hi = middle
  }
  return hi
}

/** P(|t| > value). */
function beyond(value: number, freedom: number): number {
  const angle = Math.atan(value / Math.sqrt(freedom))
  const square = Math.cos(angle) ** 2
  const odd = freedom % 2 === 1
  let [term, sum] = odd ? [Math.cos(angle), 0] : [1, 0]
  for (let k = odd ? 3 : 2; k <= freedom; k += 2) {
    sum += term
    term *= (square * (k - 1)) / k
  }
  return 1 - (odd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum)
}
