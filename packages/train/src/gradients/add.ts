import { type PairNode, bracketed, elements, nameOf, OctetError, sameShape } from '@octet/core'
import type { Value } from '@octet/core/training'
import type { Bind } from './bind.ts'
import { broadcast } from './broadcast.ts'

/** The sum of two activations of one shape, or of an activation and a constant that repeats over it. */
export const bindAdd: Bind<PairNode<'Add'>> = (node, inputs, output) => {
  const size = elements(output.shape)
  const terms = inputs.map((value) => {
    if (!value.batched) return { value, ...broadcast(value, output, node) }
    if (!sameShape(value.shape, output.shape))
      throw new OctetError(
        `${nameOf(node)} cannot be trained: it widens samples of ${bracketed(value.shape)} to ` +
          bracketed(output.shape),
        'add tensors of one shape',
      )
    return { value, count: 0, inner: 1 }
  })
  return {
    forward(batch) {
      output.data.fill(0, 0, batch * size)
      for (const { value, count, inner } of terms) accumulate(output.data, value, batch * size, count, inner)
    },
    backward(batch) {
      const dy = output.grad
      if (dy === null) return
      for (const { value, count, inner } of terms) {
        const { grad } = value
        if (grad === null) continue
        if (count === 0) for (let i = 0; i < batch * size; i++) grad[i] += dy[i]
        else for (let i = 0; i < batch * size; i++) grad[Math.floor(i / inner) % count] += dy[i]
      }
    },
  }
}

function accumulate(sum: Float32Array, { data }: Value, size: number, count: number, inner: number): void {
  if (count === 0) for (let i = 0; i < size; i++) sum[i] += data[i]
  else for (let i = 0; i < size; i++) sum[i] += data[Math.floor(i / inner) % count]
}
