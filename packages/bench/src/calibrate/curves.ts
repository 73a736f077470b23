import {
  calibrationCurve,
  type CalibrationCurve,
  type CurveOptions,
  type CurveSubject,
  FEWEST_DRAWN,
  type Grids,
  sizesOf,
  type Sufficiency,
  sufficiencyOf,
  TASKS,
} from '@octet/core'
import { sizeOf } from '@octet/workloads'
import type { QuantizeSource } from '../quantize/source.ts'
import { calibrationRows } from '../sweep/seen.ts'
import { type Judge, openJudge } from './judge.ts'

/** How many decibels of SQNR another calibration set may move, where a task has no score. */
const MOST_DECIBELS = 1

/** The result of one strategy's curve. */
export interface JudgedCurve extends CalibrationCurve {
  /** Left out where a draw has no such figure. */
  readonly sufficiency?: Sufficiency
}

/** The curves of several configurations, and what they were judged by. */
export interface Curves {
  readonly judged: Pick<Judge, 'samples' | 'of'>
  /** The unit of doubt, and the largest doubt that counts as enough. */
  readonly figure: 'loss' | 'sqnrDb'
  readonly maxDoubt: number
  readonly curves: readonly JudgedCurve[]
}

export interface CurvesRequest extends CurveOptions {
  /** Most samples that models are judged on. */
  readonly most: number
  /** Most doubt, as goals are stored or in dB; left out: half of the task's goal, or 1 dB. */
  readonly maxDoubt?: number
}

/** Why the samples of a source are not drawn, as a sentence; undefined where they can be. */
export function undrawnFor({ graph, calibration }: QuantizeSource): string | undefined {
  const count = sizeOf(calibration)
  if (graph.states !== undefined)
    return 'The model carries state from sample to sample, so samples cannot be drawn from the stream.'
  return sizesOf(count).length < 2
    ? `${count} calibration samples are too few to be halved: a size has at least ${FEWEST_DRAWN}.`
    : undefined
}

/** How many models the curve of one configuration takes. */
export function modelsOf(count: number, { draws, least }: Pick<CurvesRequest, 'draws' | 'least'>): number {
  return 1 + (sizesOf(count, least).length - 1) * draws
}

/**
 * How good configurations are from how many calibration samples, and how many are enough; without curves where the
 * samples cannot be drawn.
 * @throws OctetError where the model cannot be quantized or judged.
 */
export async function curvesOf(
  source: QuantizeSource,
  subject: Pick<CurveSubject, 'model' | 'observations' | 'exact'>,
  configurations: readonly Grids[],
  { most, maxDoubt, ...options }: CurvesRequest,
): Promise<Curves> {
  const { task, normalizer, calibration } = source
  const judge = await openJudge(source, subject.model, { most, seed: options.seed, exact: subject.exact })
  const whole = { ...subject, normalizer, count: sizeOf(calibration), ...calibrationRows(source) }
  const curves =
    undrawnFor(source) === undefined
      ? await calibrationCurve(whole, configurations, judge.figuresOf, options)
      : []
  const figure = task === 'none' ? 'sqnrDb' : 'loss'
  const limit = (maxDoubt ?? (task === 'none' ? MOST_DECIBELS : TASKS[task].goal / 2)) * judge.scale
  return {
    judged: { samples: judge.samples, of: judge.of },
    figure,
    maxDoubt: limit,
    curves: curves.map(({ calibration: id, points }): JudgedCurve => {
      const sufficiency = sufficiencyOf(points, figure, limit)
      return sufficiency === undefined
        ? { calibration: id, points }
        : { calibration: id, points, sufficiency }
    }),
  }
}
