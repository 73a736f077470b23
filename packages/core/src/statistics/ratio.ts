import { type Interval, median, medianInterval } from './median.ts'

/** A paired ratio of times with its 95% interval: > 1 is faster. */
export interface Ratio {
  readonly ratio: number
  readonly ci95: Interval
}

/** A smaller difference in time than this share does not count, however certain it is. */
export const MINIMUM_EFFECT = 0.05

/**
 * The median of baseline / contender, paired by round, with its 95% interval: > 1 if the contender takes less time.
 * @throws RangeError for lists of different lengths, or shorter than 6.
 */
export function pairedRatio(baseline: readonly number[], contender: readonly number[]): Ratio {
  if (baseline.length !== contender.length)
    throw new RangeError(`${baseline.length} and ${contender.length} rounds are not pairs`)
  const ratios = baseline.map((value, round) => value / contender[round])
  return { ratio: median(ratios), ci95: medianInterval(ratios) }
}

/** The verdict on a paired ratio of times. It needs both an interval that excludes 1 and the minimum effect. */
export function speedVerdict({ ratio, ci95: [lo, hi] }: Ratio): 'faster' | 'slower' | 'equal' {
  if (lo > 1 && ratio >= 1 + MINIMUM_EFFECT) return 'faster'
  if (hi < 1 && ratio <= 1 / (1 + MINIMUM_EFFECT)) return 'slower'
  return 'equal'
}
