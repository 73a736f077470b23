import { elements, type Labels, OctetError } from '@octet/core'
import type { Value } from '@octet/core/training'
import { softmaxDistillation } from './distillation.ts'
import type { Loss, Score } from './loss.ts'

/** The class of an unlabelled sample. Only a teacher can teach such a sample. */
export const UNLABELLED = -1

/**
 * Softmax and cross-entropy in one: -sum(t * log(softmax(logits))) with the target t at `1 - smoothing + smoothing / K`
 * for the label and `smoothing / K` for the other classes (Szegedy et al. 2016). Writes the gradient of the mean over
 * labelled samples, (softmax - t) / labelled, to `logits.grad` if there is one. The gradient of a sample without a
 * label is 0.
 */
export function softmaxCrossEntropy(logits: Value, labels: Labels, batch: number, smoothing: number): Score {
  const { data, grad } = logits
  const classes = elements(logits.shape)
  const even = smoothing / classes
  let total = 0
  let correct = 0
  let labelled = 0
  for (let sample = 0; sample < batch; sample++) if (labels[sample] !== UNLABELLED) labelled++
  for (let sample = 0; sample < batch; sample++) {
    if (labels[sample] === UNLABELLED) {
      grad?.fill(0, sample * classes, (sample + 1) * classes)
      continue
    }
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
      grad[from + k] = (Math.exp(data[from + k] - peak - logSum) - target) / labelled
    }
  }
  return { loss: labelled === 0 ? 0 : total / labelled, correct, labelled }
}

/** The loss of classification. A label is the number of a class, counted from 0, or `UNLABELLED`. */
export const crossEntropy: Loss = {
  width: () => 1,
  check(labels, classes, { unlabelled }) {
    const bad = labels.findIndex(
      (label) => !(unlabelled && label === UNLABELLED) && (label < 0 || label >= classes),
    )
    if (bad >= 0)
      throw new OctetError(`sample ${bad} has label ${labels[bad]}, but the model has ${classes} classes`)
  },
  score: softmaxCrossEntropy,
  distill: softmaxDistillation,
}
