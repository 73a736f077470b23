import {
  activationScheme,
  Calibration,
  calibrationCurve,
  type CalibrationCurve,
  FEWEST_DRAWN,
  type Grid,
  type Grids,
  lower,
  macsOfProgram,
  modelOf,
  ptq,
  type Range,
  sizesOf,
  type Sufficiency,
  sufficiencyOf,
  TASKS,
  type TaskId,
  weightScheme,
} from '@octet/core'
import { inFile, sizeOf } from '@octet/workloads'
import { openExact } from '../discover/exact.ts'
import { discoverKernels } from '../discover/kernels.ts'
import { workspaceRoot } from '../discover/workspace.ts'
import { judgedOn, type QuantizeSource } from '../quantize/source.ts'
import type { Reporter } from '../show/reporter.ts'
import { calibrationBatches, calibrationRows } from '../sweep/seen.ts'
import { type Judge, openJudge } from './judge.ts'
import { saveRanges } from './ranges.ts'
import { type CalibratedTensor, calibratedTensors } from './tensors.ts'

/** Multiply-adds that all models of a curve may take together, and the fewest samples that each is judged on. */
const BUDGET_MACS = 40e9
const FEWEST_JUDGED = 100
const MOST_JUDGED = 500

/** How many decibels of SQNR another calibration set may move, where a task has no score. */
const MOST_DECIBELS = 1

/** What is asked of a model's calibration samples. */
export interface CalibrateRequest {
  readonly source: QuantizeSource
  readonly calibrations: readonly string[]
  readonly weights: Grid
  readonly activations: Omit<Grid, 'granularity'>
  readonly draws: number
  /** Of the draws, and of the samples that models are judged on. */
  readonly seed: number
  /** Most samples that models are judged on; left out: as many as the budget of work allows. */
  readonly samples?: number
  /** Most doubt, as goals are stored or in dB; left out: half of the task's goal, or 1 dB. */
  readonly maxDoubt?: number
  /** The file where ranges by the first calibration are kept. */
  readonly saveRanges?: string
}

/** What one strategy's curve comes to. */
export interface JudgedCurve extends CalibrationCurve {
  /** Left out where a draw has no such figure. */
  readonly sufficiency?: Sufficiency
}

/** What calibration samples are worth. */
export interface CalibrationAnswer {
  readonly id: string
  readonly task: TaskId
  readonly calibrationSamples: number
  readonly draws: number
  readonly seed: number
  readonly judged: Pick<Judge, 'samples' | 'of'>
  /** What doubt is counted in, and the most that is called enough. */
  readonly figure: 'loss' | 'sqnrDb'
  readonly maxDoubt: number
  /** Empty where samples cannot be drawn, for the reason beside it. */
  readonly curves: readonly JudgedCurve[]
  readonly undrawn?: string
  readonly tensors: readonly CalibratedTensor[]
}

/**
 * How many samples are enough, which of them stretch a range, and what `auto` chose.
 * @throws OctetError where the model cannot be quantized or judged.
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
  const undrawn = undrawnFor(source, count)
  const models = undrawn === undefined ? grids.length * (1 + (sizesOf(count).length - 1) * draws) : 0
  const most = request.samples ?? judgedWithin(macs * models)
  const judging = Math.min(most, sizeOf(judgedOn(source).readings))
  const { found } = await discoverKernels(workspaceRoot())
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
  const judge = await openJudge(source, model, { most, seed, exact })
  reporter.begin(models)
  reporter.stage(`${id}: ${models} models from draws of its samples`)
  const onJudged = (): void => reporter.advance(1)
  const subject = { model, normalizer, observations, count, ...calibrationRows(source), exact }
  const curves =
    undrawn === undefined
      ? await calibrationCurve(subject, grids, judge.figuresOf, { draws, seed, onJudged })
      : []
  reporter.end()
  await exact?.dispose()
  const figure = task === 'none' ? 'sqnrDb' : 'loss'
  const maxDoubt = request.maxDoubt ?? (task === 'none' ? MOST_DECIBELS : TASKS[task].goal / 2)
  const judged = curves.map(({ calibration, points }): JudgedCurve => {
    const sufficiency = sufficiencyOf(points, figure, maxDoubt * judge.scale)
    return sufficiency === undefined ? { calibration, points } : { calibration, points, sufficiency }
  })
  const { samples, of } = judge
  return {
    id,
    task,
    calibrationSamples: count,
    draws,
    seed,
    judged: { samples, of },
    figure,
    maxDoubt: maxDoubt * judge.scale,
    curves: judged,
    ...(undrawn !== undefined && { undrawn }),
    tensors,
  }
}

/** Why samples are not drawn, as a sentence; undefined where they can be. */
function undrawnFor({ graph }: QuantizeSource, count: number): string | undefined {
  if (graph.states !== undefined)
    return 'The model carries state from sample to sample, so samples cannot be drawn from the stream.'
  return sizesOf(count).length < 2
    ? `${count} calibration samples are too few to be halved: a size has at least ${FEWEST_DRAWN}.`
    : undefined
}

/** How many samples each of the models is judged on; `macs` are those of all models over one sample. */
function judgedWithin(macs: number): number {
  return Math.max(FEWEST_JUDGED, Math.min(MOST_JUDGED, Math.floor(BUDGET_MACS / Math.max(1, macs))))
}
