import type { ClipNode, ReluNode } from '../../model/graph.ts'
import { elements } from '../../tensor/tensor.ts'
import type { Bind, Operator, Value } from '../operator.ts'

/** max(x, 0); the gradient is 0 where x <= 0. */
export const bindRelu: Bind<ReluNode> = (_, [x], output) => bindClamp(x, output, 0, Infinity)

/** x within [min, max]; the gradient is 0 on the bounds and outside them. */
export const bindClip: Bind<ClipNode> = (node, [x], output) =>
  bindClamp(x, output, node.attributes.min, node.attributes.max)

function bindClamp(
  { data: x, grad: dx }: Value,
  { data: y, grad: dy, shape }: Value,
  min: number,
  max: number,
): Operator {
  const size = elements(shape)
  return {
    forward(batch) {
      for (let i = 0; i < batch * size; i++) {
        const value = x[i]
        // Written so that NaN passes through and reaches the loss.
        y[i] = value < min ? min : value > max ? max : value
      }
    },
    backward(batch) {
      if (dx === null || dy === null) return
      for (let i = 0; i < batch * size; i++) if (y[i] > min && y[i] < max) dx[i] += dy[i]
    },
  }
}
