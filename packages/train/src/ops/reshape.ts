import { elements, type FlattenNode, type ReshapeNode } from '@octet/core'
import type { Bind } from '../operator.ts'

/** The same elements in another shape of one sample. */
export const bindReshape: Bind<FlattenNode | ReshapeNode> = (_, [x], output) => {
  const size = elements(output.shape)
  return {
    forward(batch) {
      output.data.set(x.data.subarray(0, batch * size))
    },
    backward(batch) {
      const { grad: dx } = x
      const { grad: dy } = output
      if (dx === null || dy === null) return
      for (let i = 0; i < batch * size; i++) dx[i] += dy[i]
    },
  }
}
