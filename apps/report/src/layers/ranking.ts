import type { CalibratedRange, Layer } from '@octet/results'

/** The result of one calibrator for a tensor, and whether it has the best SQNR. */
export interface Ranked extends CalibratedRange {
  readonly name: string
  /** Whether its SQNR as shown, to a tenth of a decibel, is the highest. Calibrators with equal shown values tie. */
  readonly best: boolean
}

/** Decibels for ordering. Null is an infinite ratio. */
export function sqnrOf({ sqnrDb }: CalibratedRange): number {
  return sqnrDb ?? Infinity
}

function shown(calibrated: CalibratedRange): number {
  return Math.round(sqnrOf(calibrated) * 10)
}

/** A tensor's calibrators in the order of the run. */
export function ranked({ perCalibration }: Layer): Ranked[] {
  const highest = Math.max(...Object.values(perCalibration).map(shown))
  return Object.entries(perCalibration).map(([name, calibrated]) =>
    Object.assign({ name, best: shown(calibrated) === highest }, calibrated),
  )
}
