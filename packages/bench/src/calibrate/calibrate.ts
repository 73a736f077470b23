import {
  activationScheme,
  Calibration,
  type Grid,
  type Grids,
  lower,
  macsOfProgram,
  modelOf,
  ptq,
  type Range,
  type TaskId,
  weightScheme,
} from '@octet/core'
import { inFile, sizeOf } from '@octet/workloads'
import { openExact } from '../discover/exact.ts'
import { discoverKernels } from '../discover/kernels.ts'
import { packageRoots } from '../discover/roots.ts'
import { judgedOn, type QuantizeSource } from '../quantize/source.ts'
import type { Reporter } from '../show/reporter.ts'
import { calibrationBatches } from '../sweep/seen.ts'
import { type Curves, curvesOf, modelsOf, undrawnFor } from './curves.ts'
import { saveRanges } from './ranges.ts'
import { type CalibratedTensor, calibratedTensors } from './tensors.ts'

/** The limit of multiply-adds for all models of a curve together, and the fewest samples that judge each model. */
const BUDGET_MACS = 40e9
const FEWEST_JUDGED = 100
const MOST_JUDGED = 500

/** The settings of a study of calibration samples. */
export interface CalibrateRequest {
  readonly source: QuantizeSource
  readonly calibrations: readonly string[]
  readonly weights: Grid
  readonly activations: Omit<Grid, 'granularity'>
  readonly draws: number
  /** The seed for the draws, and for the choice of the samples that judge models. */
  readonly seed: number
  /** The most samples that judge models. Default: as many as the budget of work allows. */
  readonly samples?: number
  /** The largest doubt, in the unit of stored goals or in dB. Default: half of the task's goal, or 1 dB. */
  readonly maxDoubt?: number
  /** The file that receives the ranges of the first calibration. */
  readonly saveRanges?: string
}

/** The result of a study of calibration samples. */
export interface CalibrationAnswer extends Curves {
  readonly id: string
  readonly task: TaskId
  readonly calibrationSamples: number
  readonly draws: number
  readonly seed: number
  /** The reason why there are no curves. */
  readonly undrawn?: string
  readonly tensors: readonly CalibratedTensor[]
}

/**
 * Finds how many samples are enough, which samples stretch a range, and which calibrator `auto` chose.
 * @throws OctetError if the model cannot be quantized or judged.
 */
export async function calibrate(request: CalibrateRequest, reporter: Reporter): Promise<CalibrationAnswer> {
  const { source, calibrations, weights, activations, draws, seed } = request
  const { id, task, normalizer, calibration: readings } = source
  const model = inFile(source.file, () => modelOf(source.graph))
  const grids = calibrations.map((calibration): Grids => ({
    calibration,
    activations: activationScheme(activations),
    weights: weightScheme(weights),
  }))
  const macs = macsOfProgram(lower({ precision: 'fp32', model }, { batch: 1, normalizer }))
  const count = sizeOf(readings)
  const undrawn = undrawnFor(source)
  const models = undrawn === undefined ? grids.length * modelsOf(count, request) : 0
  const most = request.samples ?? judgedWithin(macs * models)
  const judging = Math.min(most, sizeOf(judgedOn(source).readings))
  const { found } = await discoverKernels(packageRoots())
  const exact = await openExact(found, macs * (count * (1 + draws / 2) + judging * (1 + models)), reporter)
  reporter.stage(`${id}: calibrating on ${count} samples`)
  const calibrated = new Calibration(model, normalizer, calibrationBatches(source), exact)
  const { observations } = await calibrated.calibrated()
  const ranges = new Map<string, Range>()
  const first = ptq(model, observations, grids[0], ranges)
  if (request.saveRanges !== undefined) {
    const [{ calibration }] = grids
    saveRanges(request.saveRanges, source, { calibration, activations, samples: count, ranges })
  }
  const tensors = calibratedTensors(first, observations, grids[0].activations)
  reporter.begin(models)
  reporter.stage(`${id}: ${models} models from draws of its samples`)
  const { maxDoubt } = request
  const curves = await curvesOf(source, { model, observations, exact }, grids, {
    draws,
    seed,
    most,
    ...(maxDoubt !== undefined && { maxDoubt }),
    onJudged: () => reporter.advance(1),
  })
  reporter.end()
  await exact?.dispose()
  return {
    id,
    task,
    calibrationSamples: count,
    draws,
    seed,
    ...curves,
    ...(undrawn !== undefined && { undrawn }),
    tensors,
  }
}

/** The number of samples that judge each model. `macs` counts the multiply-adds of all models for one sample. */
function judgedWithin(macs: number): number {
  return Math.max(FEWEST_JUDGED, Math.min(MOST_JUDGED, Math.floor(BUDGET_MACS / Math.max(1, macs))))
}
