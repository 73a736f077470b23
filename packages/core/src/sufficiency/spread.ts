import type { Interval } from '../statistics/median.ts'
import { studentT } from '../statistics/student.ts'

/** A figure of a calibration size, and where another calibration set of that size would put it. */
export interface Spread {
  /** Mean of the draws; of all the samples the figure itself. */
  readonly value: number
  readonly ci95: Interval
}

/** The results with one size of a calibration set. */
export interface CurvePoint {
  readonly samples: number
  /** Of the output against FP32, in dB; null where a draw left no error, or nothing but error. */
  readonly sqnrDb: Spread | null
  /** Of the task against FP32; null where it has no score. */
  readonly loss: Spread | null
}

/** How many calibration samples are enough. */
export interface Sufficiency {
  /**
   * The least size from which on every size, all of the samples included, leaves doubt within the tolerance; null where
   * none does.
   */
  readonly enough: number | null
  /** How far another calibration set as large as all the samples may put the figure from where they put it. */
  readonly doubt: number
  /** The same of each size, ascending. */
  readonly doubts: readonly { readonly samples: number; readonly doubt: number }[]
}

/**
 * Where another calibration set of `size` samples would put a figure, with 95% confidence: Student's interval for one
 * more draw. The draws are of `count` samples without replacement, so that their variance is a share 1 - size/count of
 * what sets from outside would have (the finite population correction, Cochran 1977, section 2.6).
 */
export function spreadOfDraws(draws: readonly number[], size: number, count: number): Spread | null {
  if (!draws.every(Number.isFinite)) return null
  const value = draws.reduce((sum, one) => sum + one, 0) / draws.length
  const squares = draws.reduce((sum, one) => sum + (one - value) ** 2, 0)
  const variance = squares / (draws.length - 1) / (1 - size / count)
  return around(value, studentT(draws.length - 1) * Math.sqrt(variance * (1 + 1 / draws.length)))
}

/**
 * Where another calibration set as large as all `count` samples would put a figure: the delete-d jackknife (Shao and Wu
 * 1989), whose draws leave count - size samples out. It holds for what changes little with any one sample; a largest
 * value is not such a figure, and its true interval may be wider.
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
 * Which sizes leave no more doubt than `tolerance` of the loss, or of the SQNR. Undefined where a size has no such
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
