import { median, medianInterval, type Ratio } from '@octet/core/statistics'

/**
 * Pairs of processes in one stage. The place of its memory makes a process a few percent faster or slower for its whole
 * life. A pair therefore counts as one figure, however many rounds it ran. The 95% interval of nine figures leaves out
 * the smallest and the largest.
 */
export const PAIRS = 9

/**
 * A smaller difference between builds does not count. The pairs of one run show differences that other runs do not
 * repeat.
 */
export const AGAINST_EFFECT = 0.025

export type SpeedChange = 'same' | 'faster' | 'slower'

/** The verdict on the ratios of several pairs of processes, base over head: > 1 is faster. */
export function changeIn(ratios: readonly number[]): Ratio & { readonly verdict: SpeedChange } {
  const ratio = median(ratios)
  const ci95 = medianInterval(ratios)
  const verdict =
    ci95[0] > 1 && ratio >= 1 + AGAINST_EFFECT
      ? 'faster'
      : ci95[1] < 1 && ratio <= 1 / (1 + AGAINST_EFFECT)
        ? 'slower'
        : 'same'
  return { ratio, ci95, verdict }
}

/**
 * The verdict of two stages. A difference that the first stage saw counts if fresh pairs see it too, in the same
 * direction. The figures are the ratios of the fresh pairs, because no selection has made them look larger.
 */
export function confirmed(
  first: readonly number[],
  fresh: readonly number[],
): Ratio & { readonly verdict: SpeedChange } {
  const [seen, again] = [changeIn(first), changeIn(fresh)]
  return { ...again, verdict: again.verdict === seen.verdict ? again.verdict : 'same' }
}
