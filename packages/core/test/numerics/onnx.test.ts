import { expect } from 'vitest'
import {
  affineQParams,
  dequantize,
  fromFloat8,
  quantize,
  toFloat8,
  unpackInt4,
  type Float8Format,
  type IntegerDType,
  type QParams,
} from '../../src/numerics/index.ts'
import { INTEGER_LIMITS } from '../../src/tensor/dtype.ts'
import { tensor } from '../../src/tensor/tensor.ts'
import { goldenTest } from './golden.ts'
import { goldenModel, onnxCase, type Initializer, type OnnxModel } from './onnx.ts'

/** TensorProto.DataType of the integers quantized to here, and how their bytes are read. */
const INTEGERS: Record<number, { dtype: IntegerDType; read: (raw: Uint8Array) => ArrayLike<number> }> = {
  2: { dtype: 'uint8', read: (raw) => raw },
  3: { dtype: 'int8', read: (raw) => new Int8Array(raw.slice().buffer) },
  4: { dtype: 'uint16', read: (raw) => new Uint16Array(raw.slice().buffer) },
  5: { dtype: 'int16', read: (raw) => new Int16Array(raw.slice().buffer) },
}

const floats = ({ raw }: Initializer): Float32Array => new Float32Array(raw.slice().buffer)

/** The grid of a model's first QuantizeLinear or DequantizeLinear, whose second and third inputs are constants. */
function gridOf({ nodes, initializers }: OnnxModel, dtype: IntegerDType): QParams {
  const node = nodes.find(({ op }) => op.endsWith('antizeLinear'))!
  const scale = initializers.get(node.inputs[1])!
  const zeroPoint = initializers.get(node.inputs[2] ?? '')
  const [qmin, qmax] = INTEGER_LIMITS[dtype]
  const axis = scale.shape.length === 0 ? null : (node.attributes.get('axis') ?? 1)
  const blockSize = node.attributes.get('block_size')
  return {
    qmin,
    qmax,
    axis,
    scale: floats(scale),
    zeroPoint: zeroPoint
      ? Int32Array.from(INTEGERS[zeroPoint.type].read(zeroPoint.raw))
      : new Int32Array(floats(scale).length),
    ...(blockSize === undefined ? {} : { blockSize }),
  }
}

for (const [name, dtype] of [
  ['quantizelinear_uint8', 'uint8'],
  ['quantizelinear_int8', 'int8'],
  ['quantizelinear_uint16', 'uint16'],
  ['quantizelinear_int16', 'int16'],
  ['quantizelinear_per_axis', 'uint8'],
] as const)
  goldenTest(
    `${name}: integers and what they stand for, as ONNX Runtime has them`,
    'onnx/manifest.json',
    () => {
      const { inputs, outputs, model } = onnxCase(name)
      const grid = gridOf(goldenModel(model), dtype)
      const x = tensor('float32', inputs.x.shape, inputs.x.data as Float32Array)
      const q = quantize(dtype, x, grid, 'divide')
      expect(q.data).toEqual(outputs.q.data)
      expect(dequantize(q, grid).data).toEqual(outputs.d.data)
    },
  )

for (const format of ['float8e4m3fn', 'float8e5m2'] as const satisfies Float8Format[])
  goldenTest(`quantizelinear_${format}: rounded as ONNX Runtime does`, 'onnx/manifest.json', () => {
    const { inputs, outputs, model } = onnxCase(`quantizelinear_${format}`)
    const [scale] = gridOfFloat8(goldenModel(model))
    const divided = (inputs.x.data as Float32Array).map((x) => x / scale)
    const back = fromFloat8(format, toFloat8(format, divided)).map((x) => x * scale)
    expect(back).toEqual(outputs.d.data)
  })

function gridOfFloat8({ nodes, initializers }: OnnxModel): Float32Array {
  return floats(initializers.get(nodes[0].inputs[1])!)
}

goldenTest(
  'dequantizelinear_int4_blocked: packed weights, a scale for each block',
  'onnx/manifest.json',
  () => {
    const { inputs, outputs, model } = onnxCase('dequantizelinear_int4_blocked')
    const parsed = goldenModel(model)
    const node = parsed.nodes.find(({ op }) => op === 'DequantizeLinear')!
    const packed = parsed.initializers.get(node.inputs[0])!
    const [rows, columns] = packed.shape
    const grid = { ...gridOf(parsed, 'int8'), qmin: -8, qmax: 7 }
    const w = dequantize(tensor('int8', packed.shape, unpackInt4(packed.raw, rows * columns)), grid)
    expect(w.data).toEqual(outputs.wd.data)
    const x = inputs.x.data as Float32Array
    for (const [at, expected] of outputs.y.data.entries()) {
      const [n, m] = [Math.floor(at / rows), at % rows]
      let sum = 0
      for (let k = 0; k < columns; k++) sum += x[n * columns + k] * w.data[m * columns + k]
      expect(Math.abs(sum - expected)).toBeLessThanOrEqual(1e-5 * (1 + Math.abs(expected)))
    }
  },
)

goldenTest('dynamicquantizelinear: the grid of a tensor from its own range', 'onnx/manifest.json', () => {
  const { inputs, outputs } = onnxCase('dynamicquantizelinear')
  const x = tensor('float32', inputs.x.shape, inputs.x.data as Float32Array)
  const limits = { qmin: 0, qmax: 255 }
  const { scale, zeroPoint } = affineQParams({ min: Math.min(...x.data), max: Math.max(...x.data) }, limits)
  expect([scale, zeroPoint]).toEqual([outputs.s.data[0], outputs.z.data[0]])
  const grid = { ...limits, axis: null, scale: Float32Array.of(scale), zeroPoint: Int32Array.of(zeroPoint) }
  expect(quantize('uint8', x, grid, 'divide').data).toEqual(outputs.y.data)
})
