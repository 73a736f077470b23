import type { Range } from '../numerics/qparams.ts'

/** How far each batch pulls the average towards its own range. The value is PyTorch's default. */
export const AVERAGING_CONSTANT = 0.01

/** An exponential moving average of the ranges of batches. */
export interface MovingAverage {
  readonly range: Range
  /** The first batch's range and the number of batches. Joining two averages needs both. */
  readonly first: Range
  readonly batches: number
}

/**
 * The average after one more batch, in float32: `v + c * (batch - v)` for each end. The first batch starts the average.
 * Source: PyTorch's MovingAverageMinMaxObserver; Jacob et al. 2018, section 3.1.
 */
export function movingAverage(
  average: MovingAverage | null,
  batch: Range,
  constant: number = AVERAGING_CONSTANT,
): MovingAverage {
  if (average === null) return { range: batch, first: batch, batches: 1 }
  const c = Math.fround(constant)
  const pull = (v: number, to: number): number => Math.fround(v + Math.fround(c * Math.fround(to - v)))
  const { range, first, batches } = average
  return {
    range: { min: pull(range.min, batch.min), max: pull(range.max, batch.max) },
    first,
    batches: batches + 1,
  }
}

/**
 * The average of `a`'s batches followed by `b`'s batches, both made with AVERAGING_CONSTANT. The recurrence is linear,
 * so `b` can be corrected for its start at its own first batch instead of at `a`. The result is exact except for
 * rounding.
 */
export function followedBy(a: MovingAverage, b: MovingAverage): MovingAverage {
  const kept = (1 - AVERAGING_CONSTANT) ** b.batches
  const join = (end: keyof Range): number => Math.fround(b.range[end] + kept * (a.range[end] - b.first[end]))
  return { range: { min: join('min'), max: join('max') }, first: a.first, batches: a.batches + b.batches }
}
