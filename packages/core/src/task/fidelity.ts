import type { Decision } from './decision.ts'
import type { Task } from './task.ts'

/** How near a model's outputs are to those of FP32 on the same samples. */
export interface OutputFidelity {
  /** Signal to quantization noise ratio in dB; null where there is no error at all. */
  readonly sqnrDb: number | null
  readonly maxAbsError: number
  /** Share of the samples that both answer alike; absent for outputs that are quantities. */
  readonly agreement?: number
}

/**
 * The distance of outputs [samples, ...] from those of FP32; both must be finite. The signal is the power of FP32's
 * outputs; of outputs that are quantities it is their variance, because a constant offset tells nothing there.
 * Undefined where there is an error and no signal to hold the error against.
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
