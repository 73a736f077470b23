import { type ClipNode, elements, type ReluNode } from '@octet/core'
import type { Bind } from '../operator.ts'

// Nothing here branches: signs are random, and half the branches would be mispredicted. NaN stays NaN, so that it
// reaches the loss.

/** max(x, 0); the gradient is 0 where x <= 0. */
export const bindRelu: Bind<ReluNode> = (_, [x], y) => {
  const size = elements(y.shape)
  return {
    forward(batch) {
      const { data: X } = x
      const { data: Y } = y
      const count = batch * size
      for (let i = 0; i < count; i++) {
        const value = X[i]
        Y[i] = (value + Math.abs(value)) / 2
      }
    },
    backward(batch) {
      const { grad: dx } = x
      const { grad: dy } = y
      if (dx === null || dy === null) return
      const { data: Y } = y
      const count = batch * size
      for (let i = 0; i < count; i++) dx[i] += dy[i] * Number(Y[i] > 0)
    },
  }
}

/** x within [min, max]; the gradient is 0 on the bounds and outside them. */
export const bindClip: Bind<ClipNode> = (node, [x], y) => {
  const size = elements(y.shape)
  // An open side becomes a bound that float32 values do not pass.
  const min = Math.max(node.attributes.min, -Number.MAX_VALUE)
  const max = Math.min(node.attributes.max, Number.MAX_VALUE)
  /** The value itself, the bounds, and what it is where they are one. */
  const choice = Float64Array.of(0, min, max, max)
  return {
    forward(batch) {
      const { data: X } = x
      const { data: Y } = y
      const count = batch * size
      for (let i = 0; i < count; i++) {
        const value = X[i]
        choice[0] = value
        Y[i] = choice[Number(value <= min) + 2 * Number(value >= max)]
      }
    },
    backward(batch) {
      const { grad: dx } = x
      const { grad: dy } = y
      if (dx === null || dy === null) return
      const { data: Y } = y
      const count = batch * size
      for (let i = 0; i < count; i++) dx[i] += dy[i] * (Number(Y[i] > min) & Number(Y[i] < max))
    },
  }
}
