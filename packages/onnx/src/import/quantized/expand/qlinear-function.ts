import { Parts, type Expansion } from './node.ts'

/** An op on one tensor: X, its scale and zero point, and y's. Attributes that the op itself lacks are left out. */
export function qLinearUnary(op: string, ...without: readonly string[]): Expansion {
  return (node, fresh) => {
    const parts = new Parts(node, fresh)
    const at = (...indices: readonly number[]): string[] => indices.map((index) => parts.input(index))
    const x = parts.dequantized('x', at(0, 1, 2))
    parts.quantized(parts.add(op, '', [x], parts.attributes(...without)), at(3, 4))
    return parts.nodes
  }
}

/** An op on two tensors: A, B and C, each with scale and zero point. */
export function qLinearPair(op: string): Expansion {
  return (node, fresh) => {
    const parts = new Parts(node, fresh)
    const at = (...indices: readonly number[]): string[] => indices.map((index) => parts.input(index))
    const inputs = [parts.dequantized('a', at(0, 1, 2)), parts.dequantized('b', at(3, 4, 5))]
    parts.quantized(parts.add(op, '', inputs, parts.attributes()), at(6, 7))
    return parts.nodes
  }
}

/** The output's scale and zero point, followed by each tensor with its own scale and zero point. */
export const qLinearConcat: Expansion = (node, fresh) => {
  const parts = new Parts(node, fresh)
  const inputs: string[] = []
  for (let i = 2; i < node.input.length; i += 3)
    inputs.push(
      parts.dequantized(
        `x${inputs.length}`,
        [i, i + 1, i + 2].map((index) => parts.input(index)),
      ),
    )
  parts.quantized(parts.add('Concat', '', inputs, parts.attributes()), [parts.input(0), parts.input(1)])
  return parts.nodes
}
