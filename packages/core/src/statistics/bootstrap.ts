import type { Interval } from './median.ts'
import { inTwoDigits, type MeasuredLoss } from './proportion.ts'
import { Random } from './random.ts'

/** The number of resamples for one interval. Its ends are then the 50th smallest and the 50th largest value. */
const RESAMPLES = 1999
const TAIL = 50
const SEED = 1

/**
 * The 95% interval of any statistic over samples, by the percentile bootstrap (Efron and Tibshirani, An Introduction to
 * the Bootstrap, 1993, chapter 13). A resample draws the same number of samples, each with equal chance and with
 * replacement. A statistic of two contenders over the same rows gives the paired interval. The same seed gives the same
 * interval.
 * @param statistic of the samples at some rows; it must not keep the array
 * @throws RangeError if there are no samples.
 */
export function bootstrapInterval(
  samples: number,
  statistic: (rows: Int32Array) => number,
  seed: number = SEED,
): Interval {
  if (!(samples > 0)) throw new RangeError('an interval needs at least one sample')
  const random = new Random(seed)
  const rows = new Int32Array(samples)
  const values = Float64Array.from({ length: RESAMPLES }, () => {
    for (let i = 0; i < samples; i++) rows[i] = random.below(samples)
    return statistic(rows)
  }).sort()
  return [values[TAIL - 1], values[RESAMPLES - TAIL]]
}

/**
 * The approximate number of samples that would put the whole interval of a loss at or below `goal`. It assumes that the
 * loss stays as measured and that the upper half of its interval shrinks with the root of the samples. A gain counts as
 * no loss. The number is rounded up to two significant digits. Undefined if no number is enough.
 */
export function samplesForLoss({ loss, ci95, samples }: MeasuredLoss, goal: number): number | undefined {
  const room = goal - Math.max(0, loss)
  if (room <= 0) return undefined
  return inTwoDigits(Math.max(1, samples * ((ci95[1] - loss) / room) ** 2))
}
