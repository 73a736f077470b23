import type { Interval } from '../statistics/median.ts'
import { studentT } from '../statistics/student.ts'

/** A figure for a calibration size, and its interval over other calibration sets of that size. */
export interface Spread {
  /** The mean over the draws; for all the samples, the figure itself. */
  readonly value: number
  readonly ci95: Interval
}

/** The results with one size of a calibration set. */
export interface CurvePoint {
  readonly samples: number
  /** The SQNR of the output against FP32, in dB; null if a draw left no error, or only error. */
  readonly sqnrDb: Spread | null
  /** The loss in the task against FP32; null if the task has no score. */
  readonly loss: Spread | null
}

/** The number of calibration samples that is enough. */
export interface Sufficiency {
  /**
   * The least size from which on every size, up to all the samples, leaves doubt within the tolerance; null if there is
   * none.
   */
  readonly enough: number | null
  /** The distance by which another calibration set as large as all the samples may change the figure. */
  readonly doubt: number
  /** The doubt of each size, ascending. */
  readonly doubts: readonly { readonly samples: number; readonly doubt: number }[]
}

/**
 * The 95% interval of a figure over other calibration sets of `size` samples: Student's interval for one more draw. The
 * draws come from `count` samples without replacement, so their variance is the share 1 - size/count of the variance of
 * outside sets (the finite population correction, Cochran 1977, section 2.6).
 */
export function spreadOfDraws(draws: readonly number[], size: number, count: number): Spread | null {
  if (!draws.every(Number.isFinite)) return null
  const value = draws.reduce((sum, one) => sum + one, 0) / draws.length
  const squares = draws.reduce((sum, one) => sum + (one - value) ** 2, 0)
  const variance = squares / (draws.length - 1) / (1 - size / count)
  return around(value, studentT(draws.length - 1) * Math.sqrt(variance * (1 + 1 / draws.length)))
}

/**
 * The interval of a figure over other calibration sets as large as all `count` samples: the delete-d jackknife (Shao
 * and Wu 1989), whose draws leave out count - size samples. It holds for figures that change little with any one
 * sample. A largest value does not, and its true interval may be wider.
 * @param whole the figure from all the samples
 * @param draws the figure from draws of `size` samples
 */
export function spreadOfWhole(
  whole: number,
  draws: readonly number[],
  size: number,
  count: number,
): Spread | null {
  if (![whole, ...draws].every(Number.isFinite)) return null
  const squares = draws.reduce((sum, one) => sum + (one - whole) ** 2, 0)
  const variance = ((size / (count - size)) * squares) / draws.length
  return around(whole, studentT(draws.length) * Math.sqrt(variance))
}

/**
 * The sizes that leave no more doubt than `tolerance` in the loss, or in the SQNR. Undefined if a size lacks the
 * figure.
 */
export function sufficiencyOf(
  points: readonly CurvePoint[],
  figure: 'loss' | 'sqnrDb',
  tolerance: number,
): Sufficiency | undefined {
  const whole = points.at(-1)?.[figure]
  if (whole === null || whole === undefined) return undefined
  const doubts: { samples: number; doubt: number }[] = []
  for (const point of points) {
    const spread = point[figure]
    if (spread === null) return undefined
    const [lo, hi] = spread.ci95
    doubts.push({ samples: point.samples, doubt: Math.max(hi - whole.value, whole.value - lo) })
  }
  const tooFew = doubts.findLastIndex(({ doubt }) => doubt > tolerance)
  return { enough: doubts[tooFew + 1]?.samples ?? null, doubt: doubts.at(-1)!.doubt, doubts }
}

function around(value: number, half: number): Spread {
  return { value, ci95: [value - half, value + half] }
}
