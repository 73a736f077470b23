import { type ConcatNode, elements, nameOf, OctetError } from '@octet/core'
import type { Bind } from './bind.ts'

/** Concatenates activations along an axis behind the batch. */
export const bindConcat: Bind<ConcatNode> = (node, inputs, output) => {
  const rank = output.shape.length + 1
  const axis = ((node.attributes.axis + rank) % rank) - 1
  const constant = inputs.find(({ batched }) => !batched)
  if (axis < 0 || constant !== undefined)
    throw new OctetError(
      `${nameOf(node)} cannot be trained: it joins ` +
        (axis < 0 ? 'the samples of a batch' : `the constant "${constant!.name}"`),
      'quantize the model without training it, or export it so that it joins activations of one sample',
    )
  const size = elements(output.shape)
  const outer = elements(output.shape.slice(0, axis))
  const row = size / outer
  let start = 0
  const parts = inputs.map((value) => {
    const run = elements(value.shape) / outer
    const part = { value, run, start }
    start += run
    return part
  })
  return {
    forward(batch) {
      for (const { value, run, start: column } of parts)
        for (let block = 0; block < batch * outer; block++)
          for (let i = 0; i < run; i++) output.data[block * row + column + i] = value.data[block * run + i]
    },
    backward(batch) {
      const { grad: dy } = output
      if (dy === null) return
      for (const { value, run, start: column } of parts) {
        if (value.grad === null) continue
        for (let block = 0; block < batch * outer; block++)
          for (let i = 0; i < run; i++) value.grad[block * run + i] += dy[block * row + column + i]
      }
    },
  }
}
