import { elements, type Labels } from '@octet/core'
import type { Value } from '@octet/core/training'
import type { Loss } from './loss.ts'

/** The loss of quantities: the mean squared error over samples and outputs. */
export const squaredError: Loss = {
  width: (outputs) => outputs,
  // Any number may be a label.
  check: () => {},
  score: (logits, labels, batch) => {
    logits.grad?.fill(0, 0, batch * elements(logits.shape))
    return { loss: meanSquare(logits, labels, batch, 1), labelled: batch }
  },
  distill(logits, teacher, batch, { weight }, loss) {
    const { grad } = logits
    if (grad !== null) for (let i = 0; i < batch * elements(logits.shape); i++) grad[i] *= 1 - weight
    return (1 - weight) * loss + weight * meanSquare(logits, teacher, batch, weight)
  },
}

/** The mean squared error. Adds `weight` times its gradient to `grad`. */
function meanSquare({ data, grad, shape }: Value, truth: Labels, batch: number, weight: number): number {
  const count = batch * elements(shape)
  let total = 0
  for (let i = 0; i < count; i++) {
    const error = data[i] - truth[i]
    total += error * error
    if (grad !== null) grad[i] += (2 * weight * error) / count
  }
  return total / count
}
