import {
  allocate,
  elements,
  tensor,
  toFloat16,
  type Clamp,
  type Constants,
  type DType,
  type OpSpec,
  type Shape,
  type Tensor,
} from '@octet/core'
import { Random } from '@octet/core/statistics'
import { workOf } from './work.ts'

/** A spec with numbers to run it on. */
export interface Instance {
  readonly name: string
  readonly spec: OpSpec
  readonly constants: Constants
  readonly inputs: readonly Tensor[]
}

/** How an instance's numbers are drawn. */
interface Draw {
  /** One whole number for a tensor whose values lie in [-bound - 1, bound]. */
  value(bound: number): number
  /** About the magnitude of a sum of so many products, in units of the bounds of its factors. */
  sum(products: number): number
}

/** The largest product of two int8 less the zero points below: a device's sums are int32. */
const LARGEST_PRODUCT = 125 * 135
const LARGEST_SUM = 2 ** 31 - 1

/**
 * Numbers that tell right kernels from wrong ones without an error bound: floats are whole and small, so that every
 * sum of them is exact in float32 whatever its order; int8 values take the whole range, and once its most negative
 * end everywhere, where sums are largest, as long as int32 holds them.
 */
export function instancesOf(spec: OpSpec): Instance[] {
  const random = new Random(1)
  const drawn = instance(spec, 'random', {
    value: (bound) => random.below(2 * bound + 2) - bound - 1,
    sum: (products) => Math.sqrt(products) / 3,
  })
  const lowest = instance(spec, 'extremes', { value: (bound) => -bound - 1, sum: (products) => products })
  const products = workOf(spec) / elements(spec.output.shape)
  const fits = products * LARGEST_PRODUCT <= LARGEST_SUM - 2 ** 16
  return spec.inputs[0].dtype === 'int8' && fits ? [drawn, lowest] : [drawn]
}

const FREE: Clamp = [-Infinity, Infinity]
const WHOLE: Clamp = [-128, 127]

function instance(spec: OpSpec, name: string, draw: Draw): Instance {
  return {
    name,
    spec,
    constants: constantsOf(spec, draw),
    inputs: spec.inputs.map(({ dtype, shape }) =>
      filled(dtype, shape, () => draw.value(dtype === 'int8' ? 127 : 8)),
    ),
  }
}

function constantsOf(spec: OpSpec, draw: Draw): Constants {
  const integer = spec.inputs[0].dtype === 'int8'
  switch (spec.op) {
    case 'Conv':
    case 'Gemm':
      return weightsOf(spec, draw)
    case 'MatMul':
      return integer
        ? {
            kind: 'int-matmul',
            multiplier: scaleOf(draw, spec.inputs[0].shape[1], 127),
            aZeroPoint: -3,
            bZeroPoint: 7,
            ...OUTPUT,
          }
        : { kind: 'clamp', clamp: FREE }
    case 'Add':
    case 'Mul':
      return integer ? pairOf(spec.op) : { kind: 'clamp', clamp: FREE }
    case 'AveragePool':
      return integer
        ? { kind: 'int-average', inputZeroPoint: -3, multipliers: reciprocals(spec.kernel), ...OUTPUT }
        : { kind: 'clamp', clamp: FREE }
    case 'Clip':
      return { kind: 'clamp', clamp: integer ? [-100, 100] : [-5, 5] }
    case 'Concat':
      return integer ? { kind: 'int-concat', tables: tableOf(spec.inputs.length) } : { kind: 'none' }
    case 'Sigmoid':
    case 'HardSigmoid':
    case 'HardSwish':
      return integer ? { kind: 'int-table', table: tableOf(1) } : { kind: 'none' }
    case 'Normalize':
      return spec.output.dtype === 'int8'
        ? { kind: 'normalize-quantize', ...NORMALIZER, ...QUANTIZER }
        : { kind: 'normalize', ...NORMALIZER }
    case 'QuantizeLinear':
      return { kind: 'quantize', ...QUANTIZER }
    case 'DequantizeLinear':
      return { kind: 'dequantize', scale: 0.5, zeroPoint: 5 }
    case 'MaxPool':
    case 'Reshape':
    case 'Softmax':
      return { kind: 'none' }
  }
}

const OUTPUT = { outputZeroPoint: 5, clamp: WHOLE } as const
const NORMALIZER = { offset: Float32Array.of(0.5), scale: Float32Array.of(2) }
const QUANTIZER = { inverseScale: 4, zeroPoint: 5, clamp: WHOLE } as const

function weightsOf(spec: Extract<OpSpec, { op: 'Conv' | 'Gemm' }>, draw: Draw): Constants {
  const [{ dtype, shape: input }] = spec.inputs
  const outputs = spec.output.shape[1]
  const inner = spec.op === 'Conv' ? [input[1] / spec.group, ...spec.kernel] : [input[1]]
  const shape = [outputs, ...inner]
  if (dtype !== 'int8')
    return {
      kind: 'float-weights',
      weight: filled(dtype, shape, () => draw.value(8)) as Tensor<'float32'> | Tensor<'float16'>,
      bias: Float32Array.from({ length: outputs }, () => draw.value(8)),
      clamp: FREE,
    }
  const bound = spec.weightBits === 4 ? 7 : 127
  return {
    kind: 'int-weights',
    weight: filled(dtype, shape, () => draw.value(bound)) as Tensor<'int8'>,
    bias: Int32Array.from({ length: outputs }, () => draw.value(1000)),
    multiplier: new Float32Array(outputs).fill(scaleOf(draw, elements(inner), bound)),
    inputZeroPoint: -3,
    weightZeroPoints: Int32Array.from({ length: outputs }, () => (spec.weightZeroPoints ? draw.value(7) : 0)),
    ...OUTPUT,
  }
}

/** The multiplier that brings sums to about half of the output's range. */
function scaleOf(draw: Draw, products: number, bound: number): number {
  return 64 / (127 * bound * draw.sum(products))
}

function pairOf(op: 'Add' | 'Mul'): Constants {
  const sides = { a: { scale: 0.02, zeroPoint: -3 }, b: { scale: 0.03, zeroPoint: 7 } }
  return { kind: op === 'Add' ? 'int-add' : 'int-mul', ...sides, inverseScale: 20, ...OUTPUT }
}

function reciprocals([height, width]: readonly [number, number]): Float32Array {
  return Float32Array.from({ length: height * width + 1 }, (_, n) => 1 / Math.max(n, 1))
}

/** Tables in which no two neighbours are equal. */
function tableOf(inputs: number): Int8Array {
  return Int8Array.from({ length: 256 * inputs }, (_, i) => (i * 37) & 0xff)
}

function filled(dtype: DType, shape: Shape, value: () => number): Tensor {
  const length = elements(shape)
  if (dtype === 'float16') return tensor('float16', shape, toFloat16(Float32Array.from({ length }, value)))
  const data = allocate(dtype, length)
  for (let i = 0; i < length; i++) data[i] = value()
  return tensor(dtype, shape, data)
}
