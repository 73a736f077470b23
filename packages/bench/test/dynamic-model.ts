import { Random } from '@octet/core/statistics'
import { encodeOnnx, type OnnxNode, type OnnxTensor } from '@octet/onnx'

const SIZES = [16, 12, 5] as const

/**
 * Two dense layers as ONNX Runtime's dynamic quantization writes them: activations of uint8 on the grid of their own
 * range, weights of int8, sums of int32 that are rescaled in floats.
 */
export function dynamicModel(): Uint8Array {
  const random = new Random(7)
  const nodes: OnnxNode[] = []
  const initializers: OnnxTensor[] = []
  const hold = (tensor: OnnxTensor): string => {
    initializers.push(tensor)
    return tensor.name
  }
  const add = (op: string, inputs: readonly string[], outputs: readonly string[], to?: number): void => {
    nodes.push({ op, name: `${op}.${outputs[0]}`, inputs, outputs, ...(to && { attributes: { to } }) })
  }
  let x = 'x'
  for (const layer of [0, 1]) {
    const [columns, rows] = [SIZES[layer + 1], SIZES[layer]]
    const named = (part: string): string => `${part}${layer}`
    const weight = Int8Array.from({ length: rows * columns }, () =>
      Math.round(127 * (2 * random.uniform() - 1)),
    )
    const bias = Float32Array.from({ length: columns }, () => random.uniform() - 0.5)
    const [q, s, z, sums, floats, unit, scaled, out] = 'q s z sums floats unit scaled out'
      .split(' ')
      .map(named)
    add('DynamicQuantizeLinear', [x], [q, s, z])
    const held = hold({ name: named('w'), dtype: 'int8', shape: [rows, columns], data: weight })
    add('MatMulInteger', [q, held, z], [sums])
    add('Cast', [sums], [floats], 1)
    const step = hold({ name: named('ws'), dtype: 'float32', shape: [], data: Float32Array.of(0.01) })
    add('Mul', [s, step], [unit])
    add('Mul', [floats, unit], [scaled])
    const shift = hold({ name: named('b'), dtype: 'float32', shape: [columns], data: bias })
    add('Add', [scaled, shift], [layer === 0 ? out : 'y'])
    if (layer === 0) add('Relu', [out], ['r'])
    x = 'r'
  }
  return encodeOnnx({
    nodes,
    initializers,
    inputs: [{ name: 'x', dtype: 'float32', shape: ['N', SIZES[0]] }],
    outputs: [{ name: 'y', dtype: 'float32', shape: ['N', SIZES[2]] }],
  })
}
