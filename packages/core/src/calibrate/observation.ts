import { followedBy, type MovingAverage } from './averaging.ts'
import { mergeFolds, type Fold } from './fold.ts'

/** What one tensor held over a calibration pass: all that any calibrator needs. Immutable. */
export interface Observation extends Fold {
  /** The tensor's name, for messages. */
  readonly tensor: string
  /** The same values by the fold of the sample they came from; FOLDS of them, some perhaps empty. */
  readonly folds: readonly Fold[]
  /** Depends on the order and size of batches, alone of all this. */
  readonly movingAverage: MovingAverage | null
  /** Values that are not finite: they are counted here and take part in nothing else. */
  readonly nonFinite: NonFiniteCounts
}

export interface NonFiniteCounts {
  readonly nan: number
  readonly positiveInfinity: number
  readonly negativeInfinity: number
}

/** Two passes over one tensor as one, `a` before `b`. Only the moving average minds the order. */
export function mergeObservations(a: Observation, b: Observation): Observation {
  return {
    ...mergeFolds([a, b]),
    tensor: a.tensor,
    folds: a.folds.map((fold, at) => mergeFolds([fold, b.folds[at]])),
    movingAverage:
      a.movingAverage && b.movingAverage
        ? followedBy(a.movingAverage, b.movingAverage)
        : (a.movingAverage ?? b.movingAverage),
    nonFinite: {
      nan: a.nonFinite.nan + b.nonFinite.nan,
      positiveInfinity: a.nonFinite.positiveInfinity + b.nonFinite.positiveInfinity,
      negativeInfinity: a.nonFinite.negativeInfinity + b.nonFinite.negativeInfinity,
    },
  }
}

/**
 * As if only the samples of these folds had been seen, as often as they are named: for a part that is held out, and
 * for the bootstrap. The moving average has no parts and stays as it is.
 */
export function fromFolds(observation: Observation, folds: readonly number[]): Observation {
  return { ...observation, ...mergeFolds(folds.map((at) => observation.folds[at])) }
}
