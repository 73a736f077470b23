import { elements } from '@octet/core'
import type { Value } from '@octet/core/training'

/** The class of a sample that has none: only a teacher can teach it. */
export const UNLABELLED = -1

/** The loss of a batch, and how many of its samples have the largest logit at their label. */
export interface Score {
  /** Mean over the labelled samples of the batch, in nats; 0 without any. */
  readonly loss: number
  readonly correct: number
  readonly labelled: number
}

/**
 * Softmax and cross-entropy in one: -sum(t * log(softmax(logits))) with the target t at
 * `1 - smoothing + smoothing / K` for the label and `smoothing / K` for the other classes (Szegedy et al. 2016).
 * Writes the gradient of the mean over labelled samples, (softmax - t) / labelled, to `logits.grad` where there is one;
 * that of a sample without a label is 0.
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

/** How a student learns from a teacher's logits (Hinton et al. 2015). */
export interface Distillation {
  /** Share of the loss that is the teacher's, 0 to 1; the rest is the labels' cross-entropy. */
  readonly weight: number
  /** Divides the logits of both before their softmax; the loss is multiplied by its square. Default 1. */
  readonly temperature?: number
}

/**
 * Adds a teacher to a loss: returns `(1 - weight) * loss + weight * T^2 * KL(softmax(t / T) || softmax(z / T))`, a mean
 * over the batch, and turns `logits.grad`, which holds the gradient of `loss`, into the gradient of that.
 */
export function distill(
  { data, grad, shape }: Value,
  teacher: Float32Array,
  batch: number,
  { weight, temperature = 1 }: Distillation,
  loss: number,
): number {
  const classes = elements(shape)
  let divergence = 0
  for (let from = 0; from < batch * classes; from += classes) {
    const ours = logSumExp(data, from, classes, temperature)
    const theirs = logSumExp(teacher, from, classes, temperature)
    for (let at = from; at < from + classes; at++) {
      const logP = teacher[at] / temperature - theirs
      const logQ = data[at] / temperature - ours
      const p = Math.exp(logP)
      divergence += p * (logP - logQ)
      if (grad !== null)
        grad[at] = (1 - weight) * grad[at] + (weight * temperature * (Math.exp(logQ) - p)) / batch
    }
  }
  return (1 - weight) * loss + (weight * temperature * temperature * divergence) / batch
}

function logSumExp(values: Float32Array, from: number, count: number, temperature: number): number {
  let peak = -Infinity
  for (let at = from; at < from + count; at++) if (values[at] > peak) peak = values[at]
  let sum = 0
  for (let at = from; at < from + count; at++) sum += Math.exp((values[at] - peak) / temperature)
  return peak / temperature + Math.log(sum)
}
