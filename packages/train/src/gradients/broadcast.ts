import { nameOf, type Node, OctetError } from '@octet/core'
import type { Value } from '@octet/core/training'

/**
 * The repetition of a constant over an activation (ONNX multidirectional broadcasting, as far as biases use it):
 * element i of the activation meets element `floor(i / inner) % count` of the constant.
 * @throws OctetError for shapes that need more than one run of axes, or that vary along the batch.
 */
export function broadcast(constant: Value, activation: Value, node: Node): { count: number; inner: number } {
  const target = [-1, ...activation.shape]
  const sizes = [
    ...Array<number>(Math.max(0, target.length - constant.shape.length)).fill(1),
    ...constant.shape,
  ]
  let first = sizes.findIndex((size) => size !== 1)
  if (first < 0) first = sizes.length
  let last = sizes.findLastIndex((size) => size !== 1)
  if (last < 0) last = first - 1
  let count = 1
  let inner = 1
  for (let axis = first; axis < sizes.length; axis++) {
    if (axis > last) inner *= target[axis]
    else if (sizes[axis] === target[axis]) count *= sizes[axis]
    else
      throw new OctetError(
        `${nameOf(node)} cannot be trained: its constant [${constant.shape.join(', ')}] does not repeat evenly over ` +
          `samples of [${activation.shape.join(', ')}]`,
        'quantize the model without training it, or export it with one value for each channel there',
      )
  }
  return { count, inner }
}
