import { followedBy, type MovingAverage } from './averaging.ts'
import { mergeEnds, shifted, type RangeEnds } from './ends.ts'
import { mergeFolds, type Fold } from './fold.ts'

/** The observations of one tensor over a calibration pass, for every calibrator. Immutable. */
export interface Observation extends Fold {
  /** The tensor's name, for messages. */
  readonly tensor: string
  /** The same values by the fold of the sample they came from; FOLDS of them, some perhaps empty. */
  readonly folds: readonly Fold[]
  /** Depends on the order and size of batches, alone of all this. */
  readonly movingAverage: MovingAverage | null
  /**
   * Which samples set the ends, by their places among all; null where no finite value was seen, or samples were not
   * told apart.
   */
  readonly ends: RangeEnds | null
  /** Values that are not finite: they are counted here and take part in nothing else. */
  readonly nonFinite: NonFiniteCounts
}

export interface NonFiniteCounts {
  readonly nan: number
  readonly positiveInfinity: number
  readonly negativeInfinity: number
}

/**
 * Two passes over one tensor as one, `a` before `b`. Only the moving average and the places of samples mind the order.
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
 * As if only the samples of these folds had been seen, as often as they are named: for a part that is held out, and
 * for the bootstrap. The moving average and the samples at the ends have no parts and stay as they are.
 */
export function fromFolds(observation: Observation, folds: readonly number[]): Observation {
  return { ...observation, ...mergeFolds(folds.map((at) => observation.folds[at])) }
}

/** The ends where one of two passes has none, as it saw nothing finite. */
function endsOfOne(a: Observation, b: Observation): RangeEnds | null {
  if (b.ends === null) return b.count === 0 ? a.ends : null
  return a.count === 0 ? shifted(b.ends, a.samples) : null
}
