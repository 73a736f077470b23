/** The rule by which a model with two answers says yes. */
export interface Decision {
  /** The least probability of a yes. */
  readonly threshold: number
  /**
   * Whether the model's outputs are probabilities, or logits, whose sigmoid (for two outputs, softmax) is a
   * probability.
   */
  readonly outputs: 'probabilities' | 'logits'
}

/** The default for the least probability of a yes. */
export const THRESHOLD = 0.5

/** The least score that means yes: the threshold, or for logits the threshold's logit. */
export function cutOf({ threshold, outputs }: Decision): number {
  return outputs === 'probabilities' ? threshold : Math.log(threshold / (1 - threshold))
}

/**
 * One score per sample, higher for a yes: the only output, or the second of two probabilities, or the second of two
 * logits minus the first.
 */
export function scoresOf(values: Float32Array, samples: number, { outputs }: Decision): Float64Array {
  if (values.length === samples) return Float64Array.from(values)
  return Float64Array.from({ length: samples }, (_, i) =>
    outputs === 'probabilities' ? values[2 * i + 1] : values[2 * i + 1] - values[2 * i],
  )
}
