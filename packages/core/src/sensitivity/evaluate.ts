import { OctetError } from '../error.ts'
import { lower } from '../execute/lower.ts'
import { answerOf } from '../execute/trace.ts'
import type { Model } from '../model/layers.ts'
import type { Normalizer } from '../model/normalizer.ts'
import type { FloatModel, MixedModel } from '../ptq/model.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { sqnrDb } from './fidelity.ts'

/** How good a model is. */
export interface Evaluation {
  /** Against FP32's outputs, in dB. */
  readonly sqnrDb: number
  /** Share of samples answered rightly, 0 to 1. */
  readonly accuracy: number
  /**
   * 1 for each sample answered rightly and 0 for the others, in their order: what pairs two evaluations. Absent where
   * the measure has none.
   */
  readonly right?: Uint8Array
}

/** Judges a mixed model: on any device, by any measure of accuracy of which more is better. */
export type Evaluate = (model: MixedModel) => Promise<Evaluation>

/** Raw samples [n, ...] and the class of each; without classes the answer of FP32 counts as right. */
export interface EvaluationBatch {
  readonly x: Tensor<'float32'>
  readonly y?: Int32Array
}

/**
 * Evaluation on the reference, over the same samples every time.
 * @throws OctetError when there are no samples, or a batch has not as many classes as samples.
 */
export function referenceEvaluator(
  model: Model,
  normalizer: Normalizer,
  batches: readonly EvaluationBatch[],
): Evaluate {
  if (batches.length === 0) throw new OctetError('there are no samples to evaluate on')
  for (const { x, y } of batches)
    if (y !== undefined && y.length !== x.shape[0])
      throw new OctetError(`${x.shape[0]} samples came with ${y.length} classes`)
  const outputsOf = (source: FloatModel | MixedModel): Float32Array[] =>
    batches.map(({ x }) => answerOf(lower(source, { batch: x.shape[0], normalizer }), x))
  const float = outputsOf({ precision: 'fp32', model })
  const answers = batches.map(({ x, y }, i) => y ?? classesOf(float[i], x.shape[0]))
  return async (mixed) => {
    const outputs = outputsOf(mixed)
    const right = Uint8Array.from(
      outputs.flatMap((output, i) => {
        const classes = classesOf(output, answers[i].length)
        return [...answers[i]].map((answer, sample) => Number(classes[sample] === answer))
      }),
    )
    const accuracy = right.reduce((sum, one) => sum + one, 0) / right.length
    return { sqnrDb: sqnrDb(joined(float), joined(outputs)), accuracy, right }
  }
}

/** Index of the largest of each sample's outputs; -1 where one is NaN. */
function classesOf(outputs: Float32Array, samples: number): Int32Array {
  const width = outputs.length / samples
  return Int32Array.from({ length: samples }, (_, sample) => {
    const row = outputs.subarray(sample * width, (sample + 1) * width)
    return row.includes(NaN) ? -1 : row.indexOf(Math.max(...row))
  })
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let filled = 0
  for (const part of parts) {
    whole.set(part, filled)
    filled += part.length
  }
  return whole
}
