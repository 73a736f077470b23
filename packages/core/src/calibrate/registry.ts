import { OctetError } from '../error.ts'
import { auto } from './auto.ts'
import type { Calibrator } from './calibrator.ts'
import { entropy } from './entropy.ts'
import { histogramL2 } from './histogram-l2.ts'
import { minmax } from './minmax.ts'
import { movingAverageCalibrator } from './moving-average.ts'
import { mse } from './mse.ts'
import { percentile } from './percentile.ts'
import { smoothedEntropy } from './smoothed-entropy.ts'

const NAMED: readonly Calibrator[] = [
  minmax,
  movingAverageCalibrator,
  entropy,
  mse,
  histogramL2,
  smoothedEntropy,
  auto,
]

/** What a sweep compares by default. */
export const CALIBRATIONS: readonly string[] = [
  'minmax',
  'moving-average',
  'percentile-99.9',
  'percentile-99.99',
  'percentile-99.999',
  'entropy',
  'mse',
  'auto',
]

/**
 * The calibrator with this id: one of CALIBRATIONS, `histogram-l2`, `entropy-smoothed`, or `percentile-P`, 0 < P <=
 * 100, with `-lower` behind it for the lower bin edge.
 * @throws OctetError that names the known ones.
 */
export function calibrator(id: string): Calibrator {
  const named = NAMED.find((one) => one.id === id)
  if (named) return named
  const [, digits, lower] = /^percentile-(\d+(?:\.\d+)?)(-lower)?$/.exec(id) ?? []
  const percent = Number(digits)
  if (percent > 0 && percent <= 100) return percentile(percent, lower ? 'lower' : 'upper')
  throw new OctetError(
    `there is no calibration "${id}"`,
    `use one of ${[...CALIBRATIONS, 'histogram-l2', 'entropy-smoothed'].join(', ')}, or percentile-P with 0 < P <= 100`,
  )
}
