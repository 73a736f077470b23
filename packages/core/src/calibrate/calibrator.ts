import { OctetError } from '../error.ts'
import { withZero, type QuantScheme, type Range } from '../numerics/qparams.ts'
import type { Observation } from './observation.ts'

/** Chooses the range that a tensor's integers stand for. */
export interface Calibrator {
  readonly id: string
  /**
   * A range that contains 0 and lies within what was observed (0 added).
   * @throws OctetError when no finite value was observed.
   */
  range(observation: Observation, scheme: QuantScheme): Range
}

/**
 * What was observed, with 0 inside.
 * @throws OctetError when no finite value was observed.
 */
export function observedRange({ tensor, range, nonFinite }: Observation): Range {
  if (range !== null) return withZero(range)
  const { nan, positiveInfinity, negativeInfinity } = nonFinite
  const others = nan + positiveInfinity + negativeInfinity
  throw others === 0
    ? new OctetError(`tensor "${tensor}" has no calibration values`, 'calibrate with at least one sample')
    : new OctetError(
        `tensor "${tensor}" held no finite value during calibration (${nan} NaN, ${positiveInfinity + negativeInfinity} infinite)`,
        'look for NaN in the calibration data and for overflow in the layers before this tensor',
      )
}

/** The observed range with magnitudes past `threshold` cut off. */
export function clippedAt(threshold: number, observation: Observation): Range {
  const { min, max } = observedRange(observation)
  return { min: Math.max(min, -threshold) + 0, max: Math.min(max, threshold) }
}
