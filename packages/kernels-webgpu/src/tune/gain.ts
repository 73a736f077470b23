import type { Ratio } from '@octet/core/statistics'

/** A smaller gain does not justify a choice other than the default. */
const LEAST_GAIN = 1.03
/** A variant whose speed was always below this share of the default's is not timed further. */
const HOPELESS = 0.8
const FEWEST_ROUNDS = 3

/** Whether a variant is faster than the default with statistical certainty, and by enough. */
export function isBetter({ ratio, ci95: [low] }: Ratio): boolean {
  return low > 1 && ratio >= LEAST_GAIN
}

/**
 * Whether further rounds cannot make a variant the choice, judged by the ns of the default and of the variant per
 * round.
 */
export function isHopeless(baseline: readonly number[], samples: readonly number[]): boolean {
  return samples.length >= FEWEST_ROUNDS && samples.every((ns, round) => !(baseline[round] / ns > HOPELESS))
}
