import { mergeObservations, type Observation } from '../calibrate/observation.ts'
import { OctetError } from '../error.ts'
import { observe } from '../execute/observe.ts'
import type { Samples } from '../execute/program.ts'
import type { ExactKernels } from '../kernel/exact.ts'
import type { Model } from '../model/layers.ts'
import type { Normalizer } from '../model/normalizer.ts'
import type { Grids, QuantizedModel } from '../model/quantized.ts'
import { KnownWeights } from '../quantize/known-weights.ts'
import { ptq } from '../quantize/ptq.ts'
import { drawOf, FEWEST_DRAWN, MOST_DRAWS, sizesOf } from './draw.ts'
import { type CurvePoint, spreadOfDraws, spreadOfWhole } from './spread.ts'

/** A model with all of its calibration samples. */
export interface CurveSubject {
  readonly model: Model
  readonly normalizer: Normalizer
  /** The observations of the usual pass over all samples. */
  readonly observations: ReadonlyMap<string, Observation>
  /** The number of calibration samples. */
  readonly count: number
  /** The raw samples [rows, ...] with these indices. */
  readonly at: (rows: Int32Array) => Samples
  /** The number of samples that run together. Only the moving average depends on it. */
  readonly batch: number
  readonly exact?: ExactKernels | undefined
}

/** The quality of a quantized model. */
export interface CurveFigures {
  /** The SQNR of its output against FP32's, in dB. */
  readonly sqnrDb: number
  /** The loss in the metric of its task against FP32; absent for a task without a score. */
  readonly loss?: number
}

export interface CurveOptions {
  /** The number of draws of each size, 2 to MOST_DRAWS. */
  readonly draws: number
  readonly seed: number
  /** The fewest samples in a size. */
  readonly least?: number
  /** Called after each model is judged. */
  readonly onJudged?: () => void
}

/** The results of a strategy with increasing numbers of calibration samples. */
export interface CalibrationCurve {
  readonly calibration: string
  /** The points by size, ascending. The last point has all the samples. */
  readonly points: readonly CurvePoint[]
}

/**
 * The quality of each configuration by the number of calibration samples. Sizes halve from all the samples down, and
 * each size is drawn several times without replacement. A draw is observed once, in parts that are merged as it grows;
 * all the samples together have the usual pass. So a size costs only quantizing and judging.
 * @throws OctetError with fewer samples than two sizes need, for a streaming model, whose samples follow one another,
 *   and as `observe` and `ptq` do.
 */
export async function calibrationCurve(
  subject: CurveSubject,
  configurations: readonly Grids[],
  judge: (model: QuantizedModel) => Promise<CurveFigures>,
  { draws, seed, least = FEWEST_DRAWN, onJudged = () => {} }: CurveOptions,
): Promise<CalibrationCurve[]> {
  const { model, observations, count } = subject
  if (model.graph.states !== undefined)
    throw new OctetError(
      `model "${model.graph.name}" carries state from sample to sample, so samples cannot be drawn from its stream`,
      'compare calibration sets of several lengths by a sweep of each',
    )
  const sizes = sizesOf(count, least)
  if (sizes.length < 2)
    throw new OctetError(
      `${count} calibration samples are too few to be halved: a size has at least ${least}`,
      `give at least ${2 * least} samples`,
    )
  if (draws < 2 || draws > MOST_DRAWS) throw new RangeError(`${draws} draws are not 2 to ${MOST_DRAWS}`)
  const known = new KnownWeights()
  const figuresOf = async (seen: ReadonlyMap<string, Observation>): Promise<CurveFigures[]> => {
    const figures: CurveFigures[] = []
    for (const configuration of configurations) {
      figures.push(await judge(ptq(model, seen, configuration, new Map(), known)))
      onJudged()
    }
    return figures
  }
  const whole = await figuresOf(observations)
  const parts = sizes.slice(0, -1)
  /** The figures by size, then by draw, then by configuration. */
  const drawn: CurveFigures[][][] = parts.map(() => [])
  for (let draw = 0; draw < draws; draw++) {
    const rows = drawOf(count, seed, draw)
    let at = 0
    for await (const seen of observeGrowing(subject, rows, parts)) drawn[at++].push(await figuresOf(seen))
  }
  return configurations.map(({ calibration }, which) => ({
    calibration,
    points: sizes.map((samples, size): CurvePoint => {
      const isWhole = samples === count
      const of = drawn[isWhole ? size - 1 : size].map((figures) => figures[which])
      const spreadOf = (key: keyof CurveFigures): CurvePoint['loss'] => {
        const values = of.map((figures) => figures[key] ?? NaN)
        return isWhole
          ? spreadOfWhole(whole[which][key] ?? NaN, values, sizes[size - 1], count)
          : spreadOfDraws(values, samples, count)
      }
      return { samples, sqnrDb: spreadOf('sqnrDb'), loss: spreadOf('loss') }
    }),
  }))
}

/** The observations of the first samples of a draw, size by size. Each sample runs once. */
export async function* observeGrowing(
  { model, normalizer, at, batch, exact }: CurveSubject,
  rows: Int32Array,
  sizes: readonly number[],
): AsyncGenerator<ReadonlyMap<string, Observation>> {
  let seen: ReadonlyMap<string, Observation> | undefined
  let from = 0
  for (const size of sizes) {
    const part = rows.subarray(from, size)
    const more = await observe(model, normalizer, batchesOf(part, batch, at), exact)
    const before = seen
    seen =
      before === undefined
        ? more
        : new Map([...more].map(([name, one]) => [name, mergeObservations(before.get(name)!, one)]))
    from = size
    yield seen
  }
}

function* batchesOf(rows: Int32Array, batch: number, at: CurveSubject['at']): Generator<Samples> {
  for (let start = 0; start < rows.length; start += batch) yield at(rows.subarray(start, start + batch))
}
