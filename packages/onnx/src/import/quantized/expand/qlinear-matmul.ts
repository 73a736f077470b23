import { Parts, type Expansion } from './node.ts'

/** a, b and y, each with scale and zero point. b may have one scale and zero point per column. */
export const qLinearMatMul: Expansion = (node, fresh) => {
  const parts = new Parts(node, fresh)
  const at = (...indices: readonly number[]): string[] => indices.map((index) => parts.input(index))
  const a = parts.dequantized('a', at(0, 1, 2), -2)
  const b = parts.dequantized('b', at(3, 4, 5), -1)
  parts.quantized(parts.add('MatMul', '', [a, b]), at(6, 7))
  return parts.nodes
}
