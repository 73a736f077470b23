import { followedBy, type MovingAverage } from './averaging.ts'
import { mergeEnds, shifted, type RangeEnds } from './ends.ts'
import { mergeFolds, type Fold } from './fold.ts'

/** The observations of one tensor over a calibration pass, for every calibrator. Observations are immutable. */
export interface Observation extends Fold {
  /** The tensor's name, for messages. */
  readonly tensor: string
  /** The same values by the fold of their sample. There are FOLDS folds; some may be empty. */
  readonly folds: readonly Fold[]
  /** The moving average is the only property that depends on the order and size of batches. */
  readonly movingAverage: MovingAverage | null
  /**
   * The samples that set the ends, by their positions among all samples; null if no finite value was observed, or if
   * samples were not told apart.
   */
  readonly ends: RangeEnds | null
  /** The number of values that are not finite. No other property takes account of them. */
  readonly nonFinite: NonFiniteCounts
}

export interface NonFiniteCounts {
  readonly nan: number
  readonly positiveInfinity: number
  readonly negativeInfinity: number
}

/**
 * Joins two passes over one tensor, `a` before `b`. The order affects only the moving average and the positions of
 * samples.
 */
export function mergeObservations(a: Observation, b: Observation): Observation {
  return {
    ...mergeFolds([a, b]),
    tensor: a.tensor,
    folds: a.folds.map((fold, at) => mergeFolds([fold, b.folds[at]])),
    movingAverage:
      a.movingAverage && b.movingAverage
        ? followedBy(a.movingAverage, b.movingAverage)
        : (a.movingAverage ?? b.movingAverage),
    ends: a.ends && b.ends ? mergeEnds(a.ends, shifted(b.ends, a.samples)) : endsOfOne(a, b),
    nonFinite: {
      nan: a.nonFinite.nan + b.nonFinite.nan,
      positiveInfinity: a.nonFinite.positiveInfinity + b.nonFinite.positiveInfinity,
      negativeInfinity: a.nonFinite.negativeInfinity + b.nonFinite.negativeInfinity,
    },
  }
}

/**
 * The observation of only the samples in these folds, each as often as it is named. Held-out parts and the bootstrap
 * use it. The moving average and the samples at the ends cannot be split and stay as they are.
 */
export function fromFolds(observation: Observation, folds: readonly number[]): Observation {
  return { ...observation, ...mergeFolds(folds.map((at) => observation.folds[at])) }
}

/** The ends of one pass, when the other has none because it saw no finite value. */
function endsOfOne(a: Observation, b: Observation): RangeEnds | null {
  if (b.ends === null) return b.count === 0 ? a.ends : null
  return a.count === 0 ? shifted(b.ends, a.samples) : null
}
