/** When a model with two answers says yes. */
export interface Decision {
  /** The least probability that is a yes. */
  readonly threshold: number
  /** Whether the model's outputs are probabilities, or logits, whose sigmoid (of two, softmax) is one. */
  readonly outputs: 'probabilities' | 'logits'
}

/** The default of the least probability that counts as a yes. */
export const THRESHOLD = 0.5

/** The number from which on a score says yes: the threshold, or for logits its logit. */
export function cutOf({ threshold, outputs }: Decision): number {
  return outputs === 'probabilities' ? threshold : Math.log(threshold / (1 - threshold))
}

/**
 * One score a sample, more for a yes: the one output; of two probabilities the second, of two logits what the second
 * has more than the first.
 */
export function scoresOf(values: Float32Array, samples: number, { outputs }: Decision): Float64Array {
  if (values.length === samples) return Float64Array.from(values)
  return Float64Array.from({ length: samples }, (_, i) =>
    outputs === 'probabilities' ? values[2 * i + 1] : values[2 * i + 1] - values[2 * i],
  )
}
