import {
  type Constants,
  elements,
  type OpSpec,
  type Shape,
  tensor,
  type Tensor,
  type TensorSpec,
  toFloat16,
} from '@octet/core'
import { Random } from '@octet/core/statistics'

/** An op with numbers. */
export interface Instance {
  readonly spec: OpSpec
  readonly constants: Constants
  readonly inputs: readonly Tensor[]
}

/**
 * Float numbers are integers of 8 bits times this power of two, so float32, float16 and int8 hold the same numbers
 * exactly: an op gives the same answer in each, up to the rounding of sums.
 */
export const STEP: number = 2 ** -6
const INPUT_ZERO_POINT = -3
const OUTPUT_ZERO_POINT = 5
const UNBOUNDED = [-Infinity, Infinity] as const
const INT8 = [-128, 127] as const

/**
 * Fills a spec with random numbers that are not zero, the same in every precision; constants use the output's range.
 */
export function instantiate(spec: OpSpec, seed = 1): Instance {
  const inputs = spec.inputs.map((input, index) => filled(input, new Random(seed, index)))
  return { spec, constants: constantsOf(spec, new Random(seed, inputs.length)), inputs }
}

/** int8 takes the integers themselves, about the input's zero point; floats what they stand for. */
function filled({ dtype, shape }: TensorSpec, random: Random): Tensor {
  // Less the zero point they stay within 8 bits, for peers that have another.
  const integers = integersBetween(-127, 127 + INPUT_ZERO_POINT, shape, random)
  if (dtype === 'int8') return tensor('int8', shape, integers)
  return floats(dtype === 'float16' ? dtype : 'float32', shape, integers, INPUT_ZERO_POINT)
}

function integersBetween(lo: number, hi: number, shape: Shape, random: Random): Int8Array {
  return Int8Array.from({ length: elements(shape) }, () => lo + random.below(hi - lo + 1))
}

function floats(
  dtype: 'float16' | 'float32',
  shape: Shape,
  integers: Int8Array,
  zeroPoint: number,
): Tensor<'float16'> | Tensor<'float32'> {
  const numbers = Float32Array.from(integers, (value) => (value - zeroPoint) * STEP)
  return dtype === 'float16' ? tensor(dtype, shape, toFloat16(numbers)) : tensor(dtype, shape, numbers)
}

/** An output scale for sums of `terms` products, as a multiplier of the integer sum. */
export function multiplierFor(terms: number): number {
  return 0.01 / Math.sqrt(terms)
}

function constantsOf(spec: OpSpec, random: Random): Constants {
  const integer = spec.inputs[0].dtype === 'int8'
  switch (spec.op) {
    case 'Conv':
    case 'Gemm':
      return weights(spec, random)
    case 'MatMul':
      return integer
        ? {
            kind: 'int-matmul',
            multiplier: multiplierFor(spec.inputs[0].shape[1]),
            aZeroPoint: INPUT_ZERO_POINT,
            bZeroPoint: INPUT_ZERO_POINT,
            outputZeroPoint: OUTPUT_ZERO_POINT,
            clamp: INT8,
          }
        : { kind: 'clamp', clamp: UNBOUNDED }
    case 'Add':
    case 'Mul':
      return integer
        ? {
            kind: spec.op === 'Add' ? 'int-add' : 'int-mul',
            a: { scale: STEP, zeroPoint: INPUT_ZERO_POINT },
            b: { scale: STEP, zeroPoint: INPUT_ZERO_POINT },
            inverseScale: 20,
            outputZeroPoint: OUTPUT_ZERO_POINT,
            clamp: INT8,
          }
        : { kind: 'clamp', clamp: UNBOUNDED }
    case 'Concat':
      return integer
        ? {
            kind: 'int-concat',
            tables: Int8Array.from({ length: 256 * spec.inputs.length }, (_, i) => i - 128),
          }
        : { kind: 'none' }
    case 'AveragePool': {
      const positions = spec.kernel[0] * spec.kernel[1]
      const multipliers = Float32Array.from({ length: positions + 1 }, (_, n) => 1 / Math.max(n, 1))
      return integer
        ? {
            kind: 'int-average',
            inputZeroPoint: INPUT_ZERO_POINT,
            multipliers,
            outputZeroPoint: OUTPUT_ZERO_POINT,
            clamp: INT8,
          }
        : { kind: 'clamp', clamp: UNBOUNDED }
    }
    case 'Clip':
      return { kind: 'clamp', clamp: integer ? [-100, 100] : [0, 1] }
    case 'Sigmoid':
    case 'HardSigmoid':
    case 'HardSwish':
      return integer
        ? { kind: 'int-table', table: Int8Array.from({ length: 256 }, (_, i) => i - 128) }
        : { kind: 'none' }
    case 'Normalize': {
      const normalizer = { offset: Float32Array.of(0.5), scale: Float32Array.of(2) }
      return spec.output.dtype === 'int8'
        ? {
            kind: 'normalize-quantize',
            ...normalizer,
            inverseScale: 30,
            zeroPoint: OUTPUT_ZERO_POINT,
            clamp: INT8,
          }
        : { kind: 'normalize', ...normalizer }
    }
    case 'QuantizeLinear':
      return { kind: 'quantize', inverseScale: 1 / STEP, zeroPoint: OUTPUT_ZERO_POINT, clamp: INT8 }
    case 'DequantizeLinear':
      return { kind: 'dequantize', scale: STEP, zeroPoint: OUTPUT_ZERO_POINT }
    default:
      return { kind: 'none' }
  }
}

function weights(spec: Extract<OpSpec, { op: 'Conv' | 'Gemm' }>, random: Random): Constants {
  const [{ dtype, shape }] = spec.inputs
  const outputs = spec.output.shape[1]
  const inner = spec.op === 'Conv' ? [shape[1] / spec.group, ...spec.kernel] : [shape[1]]
  const weightShape = [outputs, ...inner]
  const most = spec.weightBits === 4 ? 7 : 127
  const integers = integersBetween(-most, most, weightShape, random)
  if (dtype !== 'int8')
    return {
      kind: 'float-weights',
      weight: floats(dtype === 'float16' ? dtype : 'float32', weightShape, integers, 0),
      bias: new Float32Array(outputs),
      clamp: UNBOUNDED,
    }
  return {
    kind: 'int-weights',
    weight: tensor('int8', weightShape, integers),
    bias: new Int32Array(outputs),
    multiplier: new Float32Array(outputs).fill(multiplierFor(elements(inner))),
    inputZeroPoint: INPUT_ZERO_POINT,
    weightZeroPoints: new Int32Array(outputs),
    outputZeroPoint: OUTPUT_ZERO_POINT,
    clamp: INT8,
  }
}
