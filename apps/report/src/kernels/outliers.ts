import { mad, median } from '@octet/core/statistics'
import type { KernelResult } from '@octet/results'

/** The factor from the median absolute deviation of normal values to their standard deviation. */
const AS_DEVIATION = 1.4826
/** A value with at least this modified z-score is an outlier (Iglewicz and Hoaglin, 1993). */
const FAR = 3.5

/** The number of rounds far from the median. 0 if the middle half of the rounds are equal. */
export function farRounds(samples: readonly number[]): number {
  const [middle, deviation] = [median(samples), AS_DEVIATION * mad(samples)]
  return deviation === 0 ? 0 : samples.filter((ns) => Math.abs(ns - middle) > FAR * deviation).length
}

/** Whether a kernel exceeds the measured peak of its device. */
export function isPastPeak({ ofPeak }: KernelResult): boolean {
  return ofPeak !== undefined && ofPeak.share > 1
}
