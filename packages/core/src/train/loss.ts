import { elements } from '../tensor/tensor.ts'
import type { Value } from './operator.ts'

/** The loss of a batch, and how many of its samples have the largest logit at their label. */
export interface Score {
  /** Mean over the batch, in nats. */
  readonly loss: number
  readonly correct: number
}

/**
 * Softmax and cross-entropy in one: -sum(t * log(softmax(logits))) with the target t at
 * `1 - smoothing + smoothing / K` for the label and `smoothing / K` for the other classes (Szegedy et al. 2016).
 * Writes the gradient of the batch's mean, (softmax - t) / batch, to `logits.grad` where there is one.
 */
export function softmaxCrossEntropy(
  logits: Value,
  labels: Int32Array,
  batch: number,
  smoothing: number,
): Score {
  const { data, grad } = logits
  const classes = elements(logits.shape)
  const even = smoothing / classes
  let total = 0
  let correct = 0
  for (let sample = 0; sample < batch; sample++) {
    const from = sample * classes
    let best = 0
    for (let k = 1; k < classes; k++) if (data[from + k] > data[from + best]) best = k
    const peak = data[from + best]
    let sum = 0
    let logitSum = 0
    for (let k = 0; k < classes; k++) {
      sum += Math.exp(data[from + k] - peak)
      logitSum += data[from + k] - peak
    }
    const logSum = Math.log(sum)
    const label = labels[sample]
    total += logSum - (1 - smoothing) * (data[from + label] - peak) - even * logitSum
    if (best === label) correct++
    if (grad === null) continue
    for (let k = 0; k < classes; k++) {
      const target = (k === label ? 1 - smoothing : 0) + even
      grad[from + k] = (Math.exp(data[from + k] - peak - logSum) - target) / batch
    }
  }
  return { loss: total / batch, correct }
}
