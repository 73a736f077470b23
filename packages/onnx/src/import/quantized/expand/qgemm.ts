import { float, Parts, type Expansion } from './node.ts'

/**
 * A and B, each with scale and zero point, C in int32 at alpha times the product of their scales, and y's scale and
 * zero point. If y's scale is absent, y is float.
 */
export const qGemm: Expansion = (node, fresh) => {
  const parts = new Parts(node, fresh)
  const at = (...indices: readonly number[]): string[] => indices.map((index) => parts.input(index))
  const turned = node.attribute.find(({ name }) => name === 'transB')?.i === 1n
  const alpha = node.attribute.find(({ name }) => name === 'alpha')?.f ?? 1
  const a = parts.dequantized('a', at(0, 1, 2))
  const b = parts.dequantized('b', at(3, 4, 5), turned ? 0 : 1)
  const inputs = [a, b]
  if (parts.input(6) !== '') {
    const unit = parts.add('Mul', 'unit', at(1, 4))
    const scaled =
      alpha === 1
        ? unit
        : parts.add('Mul', 'scaled', [
            unit,
            parts.add('Constant', 'alpha', [], [float('value_float', alpha)]),
          ])
    inputs.push(parts.dequantized('c', [parts.input(6), scaled, ''], 0))
  }
  if (parts.input(7) === '') parts.add('Gemm', '', inputs, parts.attributes(), node.output[0])
  else parts.quantized(parts.add('Gemm', '', inputs, parts.attributes()), at(7, 8))
  return parts.nodes
}
