import type { Interval } from './median.ts'

/** The 0.975 quantile of the standard normal distribution. */
const Z = 1.959963984540054

/**
 * The 95% score interval of a proportion (Wilson 1927), within [0, 1].
 * @throws RangeError unless 0 <= successes <= samples and samples > 0.
 */
export function wilson(successes: number, samples: number): Interval {
  if (!(samples > 0 && successes >= 0 && successes <= samples))
    throw new RangeError(`${successes} of ${samples} is not a proportion`)
  const p = successes / samples
  const z2 = (Z * Z) / samples
  const centre = p + z2 / 2
  const half = Z * Math.sqrt((p * (1 - p)) / samples + z2 / (4 * samples))
  return [
    successes === 0 ? 0 : (centre - half) / (1 + z2),
    successes === samples ? 1 : (centre + half) / (1 + z2),
  ]
}

/**
 * The 95% interval of a paired drop (lost - gained) / samples: Wald's interval after half a sample is added to each of
 * the four outcomes (Agresti and Min, Statistics in Medicine 24, 2005), cut to [-1, 1].
 * @param lost samples that the baseline has right and the contender wrong
 * @param gained samples that the baseline has wrong and the contender right
 * @throws RangeError unless both are counts whose sum is within `samples`, and samples > 0.
 */
export function pairedDropInterval(lost: number, gained: number, samples: number): Interval {
  if (!(samples > 0 && lost >= 0 && gained >= 0 && lost + gained <= samples))
    throw new RangeError(`${lost} lost and ${gained} gained of ${samples} are not paired outcomes`)
  const n = samples + 2
  const difference = lost - gained
  const centre = difference / n
  const half = (Z / n) * Math.sqrt(lost + gained + 1 - difference ** 2 / n)
  return [Math.max(-1, centre - half), Math.min(1, centre + half)]
}

/** A loss over some samples, with its 95% interval. */
export interface MeasuredLoss {
  readonly loss: number
  readonly ci95: Interval
  readonly samples: number
}

/**
 * The approximate number of samples that would put the whole interval of a drop at or below `goal`, if the shares of
 * lost and gained samples stay as measured. A gain counts as no loss. The number is rounded up to two significant
 * digits. Undefined if no number is enough.
 */
export function samplesForDrop(
  { loss: drop, ci95, samples }: MeasuredLoss,
  goal: number,
): number | undefined {
  const n = samples + 2
  const half = (ci95[1] - ci95[0]) / 2
  const changed = Math.max(0, ((half * n) / Z) ** 2 + (drop * samples) ** 2 / n - 1) / samples
  const loss = Math.max(0, drop)
  if (loss >= goal) return undefined
  const upper = (count: number): number => {
    const difference = loss * count
    const m = count + 2
    return (difference + Z * Math.sqrt(changed * count + 1 - difference ** 2 / m)) / m
  }
  let enough = 1
  while (upper(enough) > goal) enough *= 2
  for (let step = enough / 4; step >= 1; step /= 2) if (upper(enough - step) <= goal) enough -= step
  return inTwoDigits(enough)
}

/** A count, rounded up to two significant digits. */
export function inTwoDigits(count: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(count)) - 1)
  return Math.ceil(count / unit) * unit
}
