/** The lower and the upper end. */
export type Interval = readonly [number, number]

/** The fewest samples that give a 95% interval of a median. With fewer, even [min, max] covers less. */
export const FEWEST_SAMPLES = 6

/** The middle value, or the mean of the two middle values. NaN for an empty list. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/**
 * The median absolute deviation from the median, without the factor that turns it into the sigma of a normal
 * distribution.
 */
export function mad(values: readonly number[]): number {
  const centre = median(values)
  return median(values.map((value) => Math.abs(value - centre)))
}

/**
 * The 95% interval of the median for any distribution: the k-th smallest and the k-th largest value, with the largest k
 * whose coverage 1 - 2 P(Binomial(n, 1/2) < k) is at least 0.95 (Conover, Practical Nonparametric Statistics, 3.2).
 * @throws RangeError for fewer than 6 values, which cannot give 95%.
 */
export function medianInterval(values: readonly number[]): Interval {
  const n = values.length
  if (n < FEWEST_SAMPLES)
    throw new RangeError(`an interval of a median needs ${FEWEST_SAMPLES} values, not ${n}`)
  const sorted = ascending(values)
  let below = 0
  let k = 0
  for (let logTerm = -n * Math.LN2; ; logTerm += Math.log((n - k) / (k + 1)), k++) {
    below += Math.exp(logTerm)
    if (2 * below > 0.05) break
  }
  return [sorted[k - 1], sorted[n - k]]
}

function ascending(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b)
}
