import { elements } from '@octet/core'
import type { Value } from '@octet/core/training'
import type { Distillation } from './loss.ts'

/**
 * Adds a teacher of classes to a loss. Returns `(1 - weight) * loss + weight * T^2 * KL`, a mean over the batch, with
 * the divergence `KL(softmax(t / T) || softmax(z / T))`. `logits.grad` holds the gradient of `loss` before, and the
 * gradient of the result after.
 */
export function softmaxDistillation(
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
