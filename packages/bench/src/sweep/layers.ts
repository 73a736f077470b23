import {
  accountFor,
  auditFp16,
  CALIBRATION_COSTS,
  type Calibrator,
  calibrator,
  chooseCalibration,
  isTooWide,
  type Observation,
  observedShift,
  outline,
  type QuantizedModel,
  qparamsFromRange,
  type QuantScheme,
  type ScaleInterval,
  SAVED,
  scaleIntervals,
  stretchesOf,
} from '@octet/core'
import { type CalibratedRange, HISTOGRAM_BINS, type Layer, type Shift } from '@octet/results'
import type { Seen } from './seen.ts'

/**
 * The result of each calibrator for each tensor with its own grid, for the report's layer view. A tensor that shares
 * another tensor's grid (e.g. after a MaxPool) has no choice, and a float tensor has no grid.
 */
export function describeLayers(
  workload: string,
  { model, activations }: QuantizedModel,
  { calibration, evaluation }: Seen,
  calibrations: readonly string[],
  scheme: QuantScheme,
): Layer[] {
  const halves = new Map(
    auditFp16(model, calibration.tensors)
      .filter(({ subject }) => subject === 'tensor')
      .map(({ name, verdict, words, largest }) => [name, { verdict, words, largest }]),
  )
  // Tensors on one grid hold the same qparams object.
  const owners = new Map([...activations].toReversed().map(([tensor, qparams]) => [qparams, tensor]))
  // No calibrator chose saved ranges.
  const chosen = calibrations.filter((id) => id !== SAVED)
  const layers: Layer[] = []
  for (const [tensor, qparams] of activations) {
    const observation = calibration.tensors.get(tensor)
    if (owners.get(qparams) !== tensor || !observation?.range) continue
    const { lo, width, counts } = outline(observation.histogram, HISTOGRAM_BINS)
    const { calibration: best, evidence } = chooseCalibration(observation, scheme)
    const other = evaluation.tensors.get(tensor)
    const shift = other && shiftBetween(observation, other)
    const fp16 = halves.get(tensor)
    const strategies = chosen.map(calibrator).map((one) => (one.choose ? calibrator(best) : one))
    const quick = strategies.filter(isQuick)
    const found = scaleIntervals(observation, quick, scheme)
    const intervals = new Map(quick.map((strategy, i) => [strategy, found[i]]))
    layers.push({
      workload,
      tensor,
      range: [observation.range.min, observation.range.max],
      histogram: { lo, width, counts: [...counts] },
      perCalibration: Object.fromEntries(
        strategies.flatMap((strategy, i) => {
          const calibrated = calibratedRange(observation, strategy, scheme, intervals.get(strategy) ?? null)
          return calibrated === undefined ? [] : [[chosen[i], calibrated]]
        }),
      ),
      ...(shift && { shift }),
      chosen: { calibration: best, evidence },
      stretches: stretchesOf(observation.ends),
      ...(fp16 && { fp16 }),
    })
  }
  return layers
}

/** Undefined for a range without a scale. The cells of that calibrator fail with the reason. */
function calibratedRange(
  observation: Observation,
  strategy: Calibrator,
  scheme: QuantScheme,
  interval: ScaleInterval | null,
): CalibratedRange | undefined {
  const range = strategy.range(observation, scheme)
  if (isTooWide(range, scheme)) return undefined
  const account = accountFor(observation, qparamsFromRange(range, scheme))
  const { scale, zeroPoint, clipped, saturated, usedLevels, sqnrDb, clipErrorShare } = account
  return {
    lo: range.min,
    hi: range.max,
    scale,
    zeroPoint,
    clipped: share(clipped),
    saturated: share(saturated),
    usedLevels,
    sqnrDb,
    clipErrorShare: share(clipErrorShare),
    scaleInterval: interval && [interval.lo, interval.hi],
  }
}

/**
 * Whether a calibrator is fast enough to run a hundred times per tensor in a sweep. Calibrators that search for a range
 * are not.
 */
function isQuick({ traits }: Calibrator): boolean {
  return CALIBRATION_COSTS.indexOf(traits.cost) < CALIBRATION_COSTS.indexOf('search')
}

function shiftBetween(calibration: Observation, evaluation: Observation): Shift | null {
  const shift = observedShift(calibration, evaluation)
  if (shift === null) return null
  const { ks, wasserstein, jsDivergenceBits, psi } = shift
  return { ks: share(ks), wasserstein, js: share(jsDivergenceBits), psi }
}

/** For sums of fractions: rounding must not push a share above 1. */
function share(value: number): number {
  return Math.min(1, value)
}
