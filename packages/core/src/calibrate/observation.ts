import type { Range } from '../numerics/qparams.ts'
import { followedBy, type MovingAverage } from './averaging.ts'
import { mergeHistograms, type Histogram } from './histogram.ts'

/** What one tensor held over a calibration pass: all that any calibrator needs. Immutable. */
export interface Observation {
  /** The tensor's name, for messages. */
  readonly tensor: string
  readonly histogram: Histogram
  /** Number of finite values; the others are counted below and take part in nothing else. */
  readonly count: number
  /** Exact ends; null where no finite value was seen. */
  readonly range: Range | null
  /** Depends on the order and size of batches, alone of all this. */
  readonly movingAverage: MovingAverage | null
  readonly nonFinite: NonFiniteCounts
}

export interface NonFiniteCounts {
  readonly nan: number
  readonly positiveInfinity: number
  readonly negativeInfinity: number
}

/** Two passes over one tensor as one, `a` before `b`. Only the moving average minds the order. */
export function mergeObservations(a: Observation, b: Observation): Observation {
  const range =
    a.range && b.range
      ? { min: Math.min(a.range.min, b.range.min), max: Math.max(a.range.max, b.range.max) }
      : (a.range ?? b.range)
  return {
    tensor: a.tensor,
    histogram: mergeHistograms(a.histogram, b.histogram),
    count: a.count + b.count,
    range,
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
