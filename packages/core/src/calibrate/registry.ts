import { OctetError } from '../error.ts'
import { auto } from './auto.ts'
import type { Calibrator, CalibratorFamily } from './calibrator.ts'
import { entropy } from './entropy.ts'
import { histogramL2 } from './histogram-l2.ts'
import { minmax } from './minmax.ts'
import { movingAverageCalibrator } from './moving-average.ts'
import { mse } from './mse.ts'
import { percentiles } from './percentile.ts'
import { smoothedEntropy } from './smoothed-entropy.ts'

/** All strategies of calibration, in the order in which a sweep compares them. */
export const CALIBRATORS: readonly (Calibrator | CalibratorFamily)[] = [
  minmax,
  movingAverageCalibrator,
  percentiles,
  entropy,
  mse,
  histogramL2,
  smoothedEntropy,
  auto,
]

/** Ids that a sweep compares by default. */
export const CALIBRATIONS: readonly string[] = CALIBRATORS.flatMap(({ traits }) => traits.sweep)

/** A phrase with all valid ids, starting with the ids of the default sweep. */
export const CALIBRATIONS_IN_WORDS: string = inWords()

/** The calibrator with this id; undefined if there is none. */
export function findCalibrator(id: string): Calibrator | undefined {
  for (const one of CALIBRATORS) {
    const found = 'member' in one ? one.member(id) : one.id === id ? one : undefined
    if (found !== undefined) return found
  }
  return undefined
}

/**
 * The calibrator with this id.
 * @throws OctetError that lists all calibrators.
 */
export function calibrator(id: string): Calibrator {
  const found = findCalibrator(id)
  if (found !== undefined) return found
  throw new OctetError(`there is no calibration "${id}"`, `use one of ${CALIBRATIONS_IN_WORDS}`)
}

function inWords(): string {
  const others = CALIBRATORS.filter((one) => !('member' in one) && one.traits.sweep.length === 0)
  const families = CALIBRATORS.flatMap((one) => ('member' in one ? `or ${one.id} with ${one.bounds}` : []))
  return [...CALIBRATIONS, ...others.map(({ id }) => id), ...families].join(', ')
}
