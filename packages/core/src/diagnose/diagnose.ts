import { accountFor } from '../calibrate/account.ts'
import { calibrator } from '../calibrate/registry.ts'
import type { Calibrator } from '../calibrate/calibrator.ts'
import type { Observation } from '../calibrate/observation.ts'
import { AFFINE_INT8, type QParams, type QuantScheme } from '../numerics/index.ts'
import type { Normalizer } from '../model/normalizer.ts'
import { DIAGNOSE_THRESHOLDS, type CalibrationFinding } from './finding.ts'
import { scaleInterval } from './interval.ts'
import { loneValue } from './lone-value.ts'
import { sensorFaults } from './sensor-faults.ts'
import type { SensorObservation } from './sensor.ts'
import { observedShift } from './shift.ts'

/** One set of samples, as the model read them. */
export interface Observed {
  readonly tensors: ReadonlyMap<string, Observation>
  /** The raw samples. Without them, faults of sensors cannot be told apart. */
  readonly sensor?: SensorObservation
}

export interface DiagnoseOptions {
  /** The samples to compare with: the evaluation samples, or better, samples recorded where the model will run. */
  readonly evaluation?: Observed
  readonly normalizer?: Normalizer
  /** The grids in use, by tensor. */
  readonly qparams?: ReadonlyMap<string, QParams>
  /** The calibration that chose the grids. With `qparams` and `calibration`, the bootstrap finds the unsure scales. */
  readonly calibration?: string
  readonly scheme?: QuantScheme
}

/**
 * Finds certain and possible faults of a calibration: first faults of sensors and preprocessing, then the number of
 * samples, then, tensor by tensor, each figure past DIAGNOSE_THRESHOLDS. Needs no further pass. Empty if there are no
 * findings.
 */
export function diagnose(calibration: Observed, options: DiagnoseOptions = {}): CalibrationFinding[] {
  const { evaluation, normalizer = IDENTITY, qparams } = options
  const findings = calibration.sensor
    ? sensorFaults(calibration.sensor, evaluation?.sensor ?? null, normalizer)
    : []
  findings.push(...tooFewSamples(calibration, findings.length > 0))
  const strategy = options.calibration === undefined ? null : calibrator(options.calibration)
  for (const [tensor, observation] of calibration.tensors) {
    if (observation.count === 0) continue
    const other = evaluation?.tensors.get(tensor)
    findings.push(...loneValue(tensor, observation))
    if (other) findings.push(...shifted(tensor, observation, other))
    const grid = qparams?.get(tensor)
    if (grid) findings.push(...illQuantized(tensor, other ?? observation, grid))
    if (grid && strategy) findings.push(...unstable(tensor, observation, strategy, options.scheme))
  }
  return findings
}

const IDENTITY: Normalizer = { offset: Float32Array.of(0), scale: Float32Array.of(1) }

/** This strategy gives a steady scale whenever there are enough samples. */
const BULK = calibrator('percentile-99')

/**
 * Too few samples to know the range, or so few that another draw would change the scale of even the bulk of the values.
 */
function tooFewSamples({ tensors, sensor }: Observed, faulty: boolean): CalibrationFinding[] {
  const observations = [...tensors.values()].filter(({ count }) => count > 0)
  const samples = sensor?.samples ?? Math.max(0, ...observations.map((one) => one.samples))
  if (samples === 0) return []
  const found = (value: number, threshold: number, because: string): CalibrationFinding[] => [
    {
      id: 'too-few-samples',
      severity: 'fault',
      tensor: null,
      value,
      threshold,
      verdict:
        `${samples} calibration ${samples === 1 ? 'sample is' : 'samples are'} too few: ${because}; a ` +
        'few hundred are usual',
    },
  ]
  const unseen = 1 / (samples + 1)
  if (unseen > DIAGNOSE_THRESHOLDS.unseenShare)
    return found(
      unseen,
      DIAGNOSE_THRESHOLDS.unseenShare,
      `one in ${samples + 1} further ones lies outside their range`,
    )
  // If a faulty sensor makes the values vary, their variation says nothing about the number of samples.
  if (faulty) return []
  const widths = observations
    .map((one) => scaleInterval(one, BULK, AFFINE_INT8)?.relativeWidth ?? Infinity)
    .toSorted((a, b) => a - b)
  const middle = widths[Math.floor((widths.length - 1) / 2)]
  if (middle === undefined || middle <= DIAGNOSE_THRESHOLDS.bulkWidth) return []
  return found(
    middle,
    DIAGNOSE_THRESHOLDS.bulkWidth,
    middle === Infinity
      ? 'they are copies of one another, or next to it'
      : `in the middle of all tensors another draw of as many moves the scale by ${percent(middle)}`,
  )
}

function shifted(tensor: string, calibration: Observation, evaluation: Observation): CalibrationFinding[] {
  // Values of a few samples differ by chance. If samples were not told apart, their number is 0.
  if ([calibration, evaluation].some(({ samples }) => samples > 0 && samples < DIAGNOSE_THRESHOLDS.readings))
    return []
  const shift = observedShift(calibration, evaluation)
  if (shift === null || shift.psi <= DIAGNOSE_THRESHOLDS.psi || shift.ks <= DIAGNOSE_THRESHOLDS.ks) return []
  return [
    {
      id: 'distribution-shift',
      severity: 'warning',
      tensor,
      value: shift.psi,
      threshold: DIAGNOSE_THRESHOLDS.psi,
      verdict:
        `"${tensor}" is distributed otherwise in calibration than in evaluation (PSI ` +
        `${shift.psi.toFixed(2)}, KS ${shift.ks.toFixed(2)}, ${percent(shift.outOfRange)} outside the ` +
        'calibrated ends): calibrate with samples like the samples that the model will meet',
    },
  ]
}

function illQuantized(tensor: string, observation: Observation, grid: QParams): CalibrationFinding[] {
  const account = accountFor(observation, grid)
  const levels = grid.qmax - grid.qmin + 1
  const leastSqnr = DIAGNOSE_THRESHOLDS.sqnrDbPerBit * Math.log2(levels)
  const findings: CalibrationFinding[] = []
  if (account.clipped > DIAGNOSE_THRESHOLDS.clipped)
    findings.push({
      id: 'clipping',
      severity: 'warning',
      tensor,
      value: account.clipped,
      threshold: DIAGNOSE_THRESHOLDS.clipped,
      verdict:
        `"${tensor}" has ${percent(account.clipped)} of its values clipped, which makes ` +
        `${percent(account.clipErrorShare)} of its error: widen its range`,
    })
  if (account.usedLevels < DIAGNOSE_THRESHOLDS.levels * levels)
    findings.push({
      id: 'few-levels',
      severity: 'note',
      tensor,
      value: account.usedLevels / levels,
      threshold: DIAGNOSE_THRESHOLDS.levels,
      verdict:
        `"${tensor}" uses ${account.usedLevels} of ${levels} integers: unless it holds as few distinct ` +
        'values, outliers have coarsened its scale',
    })
  if (account.sqnrDb !== null && account.sqnrDb < leastSqnr)
    findings.push({
      id: 'low-sqnr',
      severity: 'warning',
      tensor,
      value: account.sqnrDb,
      threshold: leastSqnr,
      verdict:
        `"${tensor}" keeps an SQNR of ${account.sqnrDb.toFixed(1)} dB, mostly lost by ` +
        (account.clipErrorShare > 0.5
          ? 'clipping: widen its range'
          : 'rounding: narrow its range or give it more bits'),
    })
  return findings
}

function unstable(
  tensor: string,
  observation: Observation,
  strategy: Calibrator,
  scheme: QuantScheme = AFFINE_INT8,
): CalibrationFinding[] {
  const interval = scaleInterval(observation, strategy, scheme)
  if (interval === null || interval.relativeWidth <= DIAGNOSE_THRESHOLDS.scaleWidth) return []
  return [
    {
      id: 'unstable-scale',
      severity: 'note',
      tensor,
      value: interval.relativeWidth,
      threshold: DIAGNOSE_THRESHOLDS.scaleWidth,
      verdict:
        `the scale of "${tensor}" by ${strategy.id} depends on few samples: other draws put it between ` +
        `${interval.lo.toPrecision(3)} and ${interval.hi.toPrecision(3)}`,
    },
  ]
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))}%`
}
