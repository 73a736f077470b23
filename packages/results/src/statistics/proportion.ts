import type { Accuracy } from '../run/cell.ts'
import type { Interval } from '../run/field.ts'

/** 0.975 quantile of the standard normal. */
const Z = 1.959963984540054

/**
 * 95% score interval of a proportion (Wilson 1927), within [0, 1].
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

/** Wilson interval of an accuracy by itself; its `ci95` is the drop's. */
export function accuracyInterval(accuracy: Accuracy): Interval {
  return wilson(Math.round(accuracy.value * accuracy.samples), accuracy.samples)
}

/**
 * 95% interval of a paired drop (lost - gained) / samples: Wald's after half a sample is added to each of the four
 * outcomes (Agresti and Min, Statistics in Medicine 24, 2005), cut to [-1, 1].
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
