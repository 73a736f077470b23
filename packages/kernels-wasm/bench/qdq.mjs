// A quantized model as a QDQ ONNX model, as onnxruntime likes it best: activations in uint8, weights in int8.
import { encodeOnnx } from '../../onnx/dist/index.js'

/** Axis attributes of the ops that these models have. */
const ATTRIBUTES = {
  Conv: ({ kernel, strides, pads, dilations, group }) => ({
    kernel_shape: [...kernel],
    strides: [...strides],
    pads: [...pads],
    dilations: [...dilations],
    group,
  }),
  Gemm: ({ transB }) => ({ transB: Number(transB) }),
  Add: () => ({}),
  GlobalAveragePool: () => ({}),
  AveragePool: ({ kernel, strides, pads, countIncludePad }) => ({
    kernel_shape: [...kernel],
    strides: [...strides],
    pads: [...pads],
    count_include_pad: Number(countIncludePad),
  }),
  MaxPool: ({ kernel, strides, pads }) => ({
    kernel_shape: [...kernel],
    strides: [...strides],
    pads: [...pads],
  }),
  Flatten: ({ axis }) => ({ axis }),
  Softmax: ({ axis }) => ({ axis }),
}

/** `input` is the normalized sample's shape, `output` the answer's. */
export function qdqModel({ model: { graph, layers }, activations, weights }, input, output) {
  const nodes = []
  const initializers = []
  const node = (op, inputs, outputs, attributes = {}) => void nodes.push({ op, inputs, outputs, attributes })
  const put = (name, dtype, shape, data) => {
    initializers.push({ name, dtype, shape, data })
    return name
  }
  const grid = (name) => {
    const { scale, zeroPoint } = activations.get(name)
    return [
      put(`${name}.scale`, 'float32', [], Float32Array.of(scale[0])),
      put(`${name}.zero`, 'uint8', [], Uint8Array.of(zeroPoint[0] + 128)),
    ]
  }
  const held = new Set()
  /** Behind `${name}.float`: through the grid of the tensor, where it has one. */
  const onGrid = (name) => {
    if (!activations.has(name)) return node('Identity', [`${name}.float`], [name])
    const [scale, zero] = grid(name)
    node('QuantizeLinear', [`${name}.float`, scale, zero], [`${name}.q`])
    node('DequantizeLinear', [`${name}.q`, scale, zero], [name])
  }
  const dequantized = (name, dtype, shape, data, scale) => {
    const count = scale.length
    const zeros = dtype === 'int8' ? new Int8Array(count) : new Int32Array(count)
    const one = count === 1 ? [] : [count]
    put(`${name}.int`, dtype, shape, data)
    put(`${name}.scale`, 'float32', one, scale)
    put(`${name}.zero`, dtype, one, zeros)
    node(
      'DequantizeLinear',
      [`${name}.int`, `${name}.scale`, `${name}.zero`],
      [name],
      count === 1 ? {} : { axis: 0 },
    )
    return name
  }
  onGrid(graph.inputs[0].name)
  for (const layer of layers) {
    const { op, attributes } = layer.node
    const inputs = [...layer.inputs]
    const quantized = weights.get(layer.name)
    if (quantized !== undefined) {
      const { weight, qparams, bias } = quantized
      const scale = Float32Array.from(qparams.scale)
      inputs.push(dequantized(`${layer.name}.w`, 'int8', weight.shape, weight.data, scale))
      const [outer] = [activations.get(layer.inputs[0]).scale[0]]
      const scales = scale.map((value) => Math.fround(value * outer))
      inputs.push(dequantized(`${layer.name}.b`, 'int32', [bias.length], bias, scales))
    }
    const settings = op === 'Gemm' ? { transB: 1 } : ATTRIBUTES[op](attributes ?? {})
    const [lo, hi] = layer.clamp
    const bounded = lo > -Infinity || hi < Infinity
    node(op, inputs, [bounded ? `${layer.output}.open` : `${layer.output}.float`], settings)
    if (bounded && hi === Infinity) node('Relu', [`${layer.output}.open`], [`${layer.output}.float`])
    else if (bounded) {
      const bounds = [
        put(`${layer.output}.lo`, 'float32', [], Float32Array.of(lo)),
        put(`${layer.output}.hi`, 'float32', [], Float32Array.of(hi)),
      ]
      node('Clip', [`${layer.output}.open`, ...bounds], [`${layer.output}.float`])
    }
    onGrid(layer.output)
    held.add(layer.output)
  }
  return encodeOnnx({
    nodes,
    initializers,
    inputs: [{ name: `${graph.inputs[0].name}.float`, dtype: 'float32', shape: input }],
    outputs: [{ name: graph.output, dtype: 'float32', shape: output }],
  })
}
