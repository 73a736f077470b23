import { fail, quoted, type Node, type Tensor } from '@octet/core'
import { MOST_WEIGHTS } from './limits.ts'

/**
 * The constants that nodes of core's graph read.
 * @param held a constant by its name, or undefined for an activation
 * @throws OctetError that names the node that exceeds the limit, or a node with a constant that is not finite.
 */
export function weightsOf(
  nodes: readonly Node[],
  held: (node: Node, name: string) => Tensor<'float32'> | undefined,
): Map<string, Tensor<'float32'>> {
  const weights = new Map<string, Tensor<'float32'>>()
  let count = 0
  for (const node of nodes)
    for (const name of node.inputs) {
      const weight = held(node, name)
      if (weight === undefined) continue
      count += weight.data.length
      if (count > MOST_WEIGHTS)
        fail(
          node,
          `with it the model's layers have more than ${MOST_WEIGHTS} weights, where shared weights ` +
            'count once per layer',
          'export a smaller part of the model',
        )
      if (!weights.has(name) || node.op !== 'Where') requireFinite(node, name, weight.data)
      weights.set(name, weight)
    }
  return weights
}

function requireFinite(node: Node, name: string, data: Float32Array): void {
  // Where moves the selected number bit by bit, including the -infinity of a mask.
  const isBad = node.op === 'Where' ? Number.isNaN : (value: number): boolean => !Number.isFinite(value)
  for (let i = 0; i < data.length; i++)
    if (isBad(data[i]))
      fail(
        node,
        `initializer ${quoted(name)}: element ${i} is ${data[i]}`,
        'export the model with finite weights',
      )
}
