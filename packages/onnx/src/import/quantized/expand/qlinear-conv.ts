import { Parts, type Expansion } from './node.ts'

/** x, w and y, each with scale and zero point, and a bias in int32 at the product of the scales of x and w. */
export const qLinearConv: Expansion = (node, fresh) => {
  const parts = new Parts(node, fresh)
  const at = (...indices: readonly number[]): string[] => indices.map((index) => parts.input(index))
  const x = parts.dequantized('x', at(0, 1, 2))
  const weight = parts.dequantized('weight', at(3, 4, 5), 0)
  const bias = parts.input(8)
  const unit = bias === '' ? '' : parts.add('Mul', 'unit', at(1, 4))
  const inputs = [x, weight, ...(bias === '' ? [] : [parts.dequantized('bias', [bias, unit, ''], 0)])]
  parts.quantized(parts.add('Conv', '', inputs, parts.attributes()), at(6, 7))
  return parts.nodes
}
