import { OctetError } from '../error.ts'
import { lower } from '../execute/lower.ts'
import { Carried } from '../execute/carried.ts'
import { countOf, type Samples } from '../execute/program.ts'
import { answerOf } from '../execute/trace.ts'
import type { ExactKernels } from '../kernel/exact.ts'
import type { Model } from '../model/layers.ts'
import type { Normalizer } from '../model/normalizer.ts'
import type { FloatModel, MixedModel } from '../model/quantized.ts'
import type { Decision } from '../task/decision.ts'
import { gain, type ScoredTask, type Labels, type Tally } from '../task/task.ts'
import { TASKS } from '../task/tasks.ts'
import { sqnrDb } from './fidelity.ts'

/** The quality of a model. */
export interface Evaluation {
  /** The SQNR against FP32's outputs, in dB. */
  readonly sqnrDb: number
  /** The score of the model. More is better, so the sign of an error metric is changed. */
  readonly score: number
  /** The metric sample by sample, which pairs two evaluations. Absent if the measure has none. */
  readonly tally?: Tally
}

/** Judges a mixed model, on any device and by any measure. */
export type Evaluate = (model: MixedModel) => Promise<Evaluation>

/** Raw samples [n, ...] and their labels. Without labels, FP32's answers or outputs are the truth. */
export interface EvaluationBatch {
  readonly x: Samples
  readonly y?: Labels
}

/**
 * Evaluates on the reference, or on exact kernels with the same results, over the same samples every time.
 * @throws OctetError if there are no samples, or if a batch has a different number of labels than samples.
 */
export function referenceEvaluator(
  model: Model,
  normalizer: Normalizer,
  batches: readonly EvaluationBatch[],
  task: ScoredTask = TASKS.classification,
  { exact, decision }: { readonly exact?: ExactKernels; readonly decision?: Decision | undefined } = {},
): Evaluate {
  if (batches.length === 0) throw new OctetError('there are no samples to evaluate on')
  for (const { x, y } of batches)
    if (y !== undefined && y.length % countOf(x) !== 0)
      throw new OctetError(`${countOf(x)} samples came with ${y.length} labels`)
  const outputsOf = (source: FloatModel | MixedModel): Float32Array => {
    const options = { exact, carried: new Carried() }
    return joined(
      batches.map(({ x }) => answerOf(lower(source, { batch: countOf(x), normalizer }), x, options)),
    )
  }
  const float = outputsOf({ precision: 'fp32', model })
  const samples = batches.reduce((sum, { x }) => sum + countOf(x), 0)
  const given = batches.flatMap(({ y }) => y ?? [])
  const labelled = task.truth === 'labels' && given.length === batches.length
  const inferred = task.truth === 'fp32' ? float : task.answer(float, samples, decision)
  const truth = labelled ? joined(given) : inferred
  if (truth === undefined) throw new OctetError('samples of this task need labels')
  return async (mixed) => {
    const outputs = outputsOf(mixed)
    const tally = task.tally(outputs, truth, samples, decision)
    const score = gain(task, 0, tally.value)
    return { sqnrDb: sqnrDb(float, outputs), score, tally }
  }
}

function joined(parts: readonly Labels[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let filled = 0
  for (const part of parts) {
    whole.set(part, filled)
    filled += part.length
  }
  return whole
}
