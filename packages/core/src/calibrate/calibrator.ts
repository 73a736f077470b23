import { OctetError } from '../error.ts'
import { withZero, type QuantScheme, type Range } from '../numerics/qparams.ts'
import type { Observation } from './observation.ts'

/**
 * The work of finding a range, cheapest first: reading the observed ends, averaging the ends of batches, counting the
 * histogram's values, searching the histogram for a range, trying other strategies on the folds.
 */
export const CALIBRATION_COSTS = ['ends', 'averages', 'counts', 'search', 'trials'] as const

/** The description of a strategy. Help, error texts, docs and the default sweep read it. */
export interface CalibratorTraits {
  /** The range that the strategy chooses, as a phrase in Markdown that follows the strategy's id. */
  readonly summary: string
  readonly cost: (typeof CALIBRATION_COSTS)[number]
  /** Whether the range depends on the order and the size of batches. */
  readonly dependsOnOrder: boolean
  /** Ids that a sweep compares by default. */
  readonly sweep: readonly string[]
}

/** Chooses the range that a tensor's integers represent. */
export interface Calibrator {
  readonly id: string
  readonly traits: CalibratorTraits
  /**
   * A range that contains 0 and lies within the observed range (with 0 added).
   * @throws OctetError if no finite value was observed.
   */
  range(observation: Observation, scheme: QuantScheme): Range
  /**
   * For a strategy that chooses among others: the id of the strategy that it chooses for a tensor.
   * @throws OctetError if no finite value was observed.
   */
  choose?(observation: Observation, scheme: QuantScheme): string
}

/** Calibrators that differ in a number. The number ends their ids. */
export interface CalibratorFamily {
  /** An id with a letter in place of the number. */
  readonly id: string
  /** The possible numbers. */
  readonly bounds: string
  readonly traits: CalibratorTraits
  /** The calibrator with an id; undefined if the id does not belong to the family. */
  member(id: string): Calibrator | undefined
}

/**
 * The observed range, extended to contain 0.
 * @throws OctetError if no finite value was observed.
 */
export function observedRange({ tensor, range, nonFinite }: Observation): Range {
  if (range !== null) return withZero(range)
  const { nan, positiveInfinity, negativeInfinity } = nonFinite
  const others = nan + positiveInfinity + negativeInfinity
  throw others === 0
    ? new OctetError(`tensor "${tensor}" has no calibration values`, 'calibrate with at least one sample')
    : new OctetError(
        `tensor "${tensor}" held no finite value during calibration (${nan} NaN, ` +
          `${positiveInfinity + negativeInfinity} infinite)`,
        'look for NaN in the calibration data and for overflow in the layers before this tensor',
      )
}

/** The observed range with magnitudes past `threshold` cut off. */
export function clippedAt(threshold: number, observation: Observation): Range {
  const { min, max } = observedRange(observation)
  return { min: Math.max(min, -threshold) + 0, max: Math.min(max, threshold) }
}
