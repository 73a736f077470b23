import type { Interval } from './median.ts'
import { inTwoDigits, type MeasuredLoss } from './proportion.ts'
import { Random } from './random.ts'

/** Resamples of one interval: its ends are then the 50th smallest and the 50th largest value. */
const RESAMPLES = 1999
const TAIL = 50
const SEED = 1

/**
 * 95% interval of any statistic over samples, by the percentile bootstrap (Efron and Tibshirani, An Introduction to
 * the Bootstrap, 1993, chapter 13). A resample draws as many samples as there are, each with equal chance and with
 * repetition. A statistic of two contenders over the same rows gives the paired interval. The same seed gives the
 * same interval.
 * @param statistic of the samples at some rows; it must not keep the array
 * @throws RangeError where there are no samples.
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
 * About how many samples would put the whole interval of a loss at or below `goal`, if the loss stays as measured and
 * the upper half of its interval shrinks with the root of the samples; a gain counts as no loss. Rounded up to two
 * digits that count. Undefined where no number would.
 */
export function samplesForLoss({ loss, ci95, samples }: MeasuredLoss, goal: number): number | undefined {
  const room = goal - Math.max(0, loss)
  if (room <= 0) return undefined
  return inTwoDigits(Math.max(1, samples * ((ci95[1] - loss) / room) ** 2))
}
