import type { Decision } from './decision.ts'
import type { Task } from './task.ts'

/** The closeness of a model's outputs to FP32's outputs on the same samples. */
export interface OutputFidelity {
  /** The signal-to-quantization-noise ratio in dB; null if there is no error. */
  readonly sqnrDb: number | null
  readonly maxAbsError: number
  /** The share of samples on which both give the same answer; absent for outputs that are quantities. */
  readonly agreement?: number
}

/**
 * Compares outputs [samples, ...] with FP32's outputs; both must be finite. The signal is the power of FP32's outputs.
 * For quantities it is their variance, because a constant offset carries no information. Undefined if there is an error
 * but no signal to compare it with.
 */
export function fidelityOf(
  { answer }: Pick<Task, 'answer'>,
  outputs: Float32Array,
  fp32: Float32Array,
  samples: number,
  decision?: Decision,
): OutputFidelity | undefined {
  const expected = answer(fp32, samples, decision)
  const mean = expected ? 0 : fp32.reduce((sum, value) => sum + value, 0) / fp32.length
  let [signal, noise, maxAbsError] = [0, 0, 0]
  fp32.forEach((value, i) => {
    const error = Math.abs(value - outputs[i])
    signal += (value - mean) ** 2
    noise += error * error
    if (error > maxAbsError) maxAbsError = error
  })
  if (signal === 0 && noise > 0) return undefined
  const answers = expected && answer(outputs, samples, decision)
  const agreeing = expected?.reduce((count, one, i) => count + Number(one === answers![i]), 0)
  return {
    sqnrDb: noise === 0 ? null : 10 * Math.log10(signal / noise),
    maxAbsError,
    ...(agreeing !== undefined && { agreement: agreeing / samples }),
  }
}
