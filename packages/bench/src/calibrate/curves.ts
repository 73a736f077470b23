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

/** The largest change of SQNR, in dB, between calibration sets that counts as enough for a task without a score. */
const MOST_DECIBELS = 1

/** The result of one strategy's curve. */
export interface JudgedCurve extends CalibrationCurve {
  /** Absent if a draw has no such figure. */
  readonly sufficiency?: Sufficiency
}

/** The curves of several configurations, and the figure that judged them. */
export interface Curves {
  readonly judged: Pick<Judge, 'samples' | 'of'>
  /** The unit of doubt, and the largest doubt that counts as enough. */
  readonly figure: 'loss' | 'sqnrDb'
  readonly maxDoubt: number
  readonly curves: readonly JudgedCurve[]
}

export interface CurvesRequest extends CurveOptions {
  /** The most samples that judge models. */
  readonly most: number
  /** The largest doubt, in the unit of stored goals or in dB. Default: half of the task's goal, or 1 dB. */
  readonly maxDoubt?: number
}

/** The reason, as a sentence, why the samples of a source cannot be drawn. Undefined if they can. */
export function undrawnFor({ graph, calibration }: QuantizeSource): string | undefined {
  const count = sizeOf(calibration)
  if (graph.states !== undefined)
    return 'The model carries state from sample to sample, so samples cannot be drawn from the stream.'
  return sizesOf(count).length < 2
    ? `${count} calibration samples are too few to be halved: a size has at least ${FEWEST_DRAWN}.`
    : undefined
}

/** The number of models in the curve of one configuration. */
export function modelsOf(count: number, { draws, least }: Pick<CurvesRequest, 'draws' | 'least'>): number {
  return 1 + (sizesOf(count, least).length - 1) * draws
}

/**
 * The quality of configurations by number of calibration samples, and the number that is enough. The result has no
 * curves if the samples cannot be drawn.
 * @throws OctetError if the model cannot be quantized or judged.
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
