import type { Ratio } from '@octet/core/statistics'

/** A gain below this is not worth another choice than the default. */
const LEAST_GAIN = 1.03
/** A variant that never came nearer than this to the default's time is not timed any further. */
const HOPELESS = 0.8
const FEWEST_ROUNDS = 3

/** Whether a variant is faster than the default beyond doubt, and by enough. */
export function isBetter({ ratio, ci95: [low] }: Ratio): boolean {
  return low > 1 && ratio >= LEAST_GAIN
}

/** Whether further rounds would not make a variant the choice, from the ns of the default and its own by round. */
export function isHopeless(baseline: readonly number[], samples: readonly number[]): boolean {
  return samples.length >= FEWEST_ROUNDS && samples.every((ns, round) => !(baseline[round] / ns > HOPELESS))
}
