import { mad, median } from '@octet/core/statistics'
import type { KernelResult } from '@octet/results'

/** The median absolute deviation of normal values, times this, is their standard deviation. */
const AS_DEVIATION = 1.4826
/** From this modified z-score on a value is far off (Iglewicz and Hoaglin, 1993). */
const FAR = 3.5

/** How many rounds lie far from the median; none where the middle half of them are equal. */
export function farRounds(samples: readonly number[]): number {
  const [middle, deviation] = [median(samples), AS_DEVIATION * mad(samples)]
  return deviation === 0 ? 0 : samples.filter((ns) => Math.abs(ns - middle) > FAR * deviation).length
}

/** Whether a kernel is faster than the peak that was measured on its device. */
export function isPastPeak({ ofPeak }: KernelResult): boolean {
  return ofPeak !== undefined && ofPeak.share > 1
}
