import { elements, type PairNode, nameOf, OctetError } from '@octet/core'
import type { Value } from '@octet/core/training'
import type { Bind } from './bind.ts'
import { broadcast } from './broadcast.ts'

/**
 * The repetition of a factor in a product: element i of a sample meets element `floor(i / inner) % count` of the
 * factor.
 */
interface Factor {
  readonly value: Value
  readonly count: number
  readonly inner: number
}

/**
 * The product of two activations of one shape, of one activation and a factor per channel [C,1,1], or of one and a
 * constant.
 */
export const bindMul: Bind<PairNode<'Mul'>> = (node, inputs, output) => {
  const size = elements(output.shape)
  const [a, b] = inputs.map((value): Factor => {
    if (!value.batched) return { value, ...broadcast(value, output, node) }
    const count = elements(value.shape)
    const repeats = value.shape.findLastIndex((length) => length !== 1) + 1
    const fits = value.shape.length === output.shape.length
    if (!fits || value.shape.slice(0, repeats).some((length, axis) => length !== output.shape[axis]))
      throw new OctetError(
        `${nameOf(node)} cannot be trained: [${value.shape.join(', ')}] does not repeat evenly over ` +
          `samples of [${output.shape.join(', ')}]`,
        'quantize the model without training it, or export it with one factor for each channel there',
      )
    return { value, count, inner: size / count }
  })
  /** Adds dy times the other factor to one factor's gradient. */
  const toward = (batch: number, one: Factor, other: Factor): void => {
    const { grad } = one.value
    if (grad === null) return
    const dy = output.grad!
    for (let sample = 0; sample < batch; sample++) {
      const from = one.value.batched ? sample * one.count : 0
      const others = other.value.batched ? sample * other.count : 0
      for (let i = 0; i < size; i++)
        grad[from + (Math.floor(i / one.inner) % one.count)] +=
          dy[sample * size + i] * other.value.data[others + (Math.floor(i / other.inner) % other.count)]
    }
  }
  return {
    forward(batch) {
      for (let sample = 0; sample < batch; sample++) {
        const fromA = a.value.batched ? sample * a.count : 0
        const fromB = b.value.batched ? sample * b.count : 0
        for (let i = 0; i < size; i++)
          output.data[sample * size + i] =
            a.value.data[fromA + (Math.floor(i / a.inner) % a.count)] *
            b.value.data[fromB + (Math.floor(i / b.inner) % b.count)]
      }
    },
    backward(batch) {
      if (output.grad === null) return
      toward(batch, a, b)
      toward(batch, b, a)
    },
  }
}
