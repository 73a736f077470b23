import type { Constants, OpSpec } from '../kernel/spec.ts'
import { fromFloat16 } from '../numerics/index.ts'
import { compute } from '../reference/kernels.ts'
import { allocate } from '../tensor/dtype.ts'
import { elements, tensor, type Tensor } from '../tensor/tensor.ts'
import type { ConformanceCase } from './case.ts'

const HALF_ULP_32 = 2 ** -24
const HALF_ULP_16 = 2 ** -11
const SMALLEST_HALF = 2 ** -24

/**
 * Ops that move values, or round each operation correctly as WGSL and IEEE 754 both demand of + - *: any difference is
 * a fault, in every dtype.
 */
const EXACT: ReadonlySet<OpSpec['op']> = new Set([
  'MaxPool',
  'Clip',
  'Reshape',
  'Add',
  'Mul',
  'Concat',
  'Normalize',
  'DequantizeLinear',
])

/**
 * The largest difference from the reference that each output element may show; all zero for integers and for EXACT
 * ops.
 *
 * A sum of K products in float32, in any order, errs by at most K·u·Σ|x·w| (u = 2^-24; Higham 2002, section 3.1), so
 * the bound scales with K and with the magnitudes summed. Softmax and Sigmoid allow for WGSL's exp (3 + 2|x| ulp). A
 * float16 result is rounded once more, to one ulp.
 */
export function errorBounds({ spec, constants, inputs }: ConformanceCase, expected: Tensor): Float64Array {
  const bounds = new Float64Array(expected.data.length)
  if (expected.dtype === 'int8' || EXACT.has(spec.op)) return bounds
  const magnitudes = magnitudesSummed(spec, constants, inputs)
  const values = asNumbers(expected)
  const roundings = roundingsOf(spec)
  for (let i = 0; i < bounds.length; i++) {
    bounds[i] = roundings * HALF_ULP_32 * magnitudes[i]
    if (expected.dtype === 'float16') bounds[i] += 2 * HALF_ULP_16 * Math.abs(values[i]) + SMALLEST_HALF
  }
  return bounds
}

/** A float tensor's values as numbers; integers as they are. */
export function asNumbers(source: Tensor): ArrayLike<number> {
  return source.dtype === 'float16' ? fromFloat16((source as Tensor<'float16'>).data) : source.data
}

/** Roundings that one output goes through in float32, at most. */
function roundingsOf(spec: OpSpec): number {
  switch (spec.op) {
    case 'Conv':
      return (spec.inputs[0].shape[1] / spec.group) * spec.kernel[0] * spec.kernel[1] + 4
    case 'Gemm':
    case 'MatMul':
      return spec.inputs[0].shape[1] + 4
    case 'AveragePool':
      return spec.kernel[0] * spec.kernel[1] + 8
    case 'Softmax':
      // exp of at most 4 below the maximum, here and in the sum, then a division of 2.5 ulp.
      return spec.inputs[0].shape[1] + 32
    case 'Sigmoid':
      // exp of at most 12 here too: the cases go no further.
      return 2 * (3 + 2 * 12) + 12
    case 'HardSigmoid':
    case 'HardSwish':
      return 12
    default:
      return 4
  }
}

/** Σ|x·w| + |b| for each output: the reference over absolute values, unclamped. */
function magnitudesSummed(spec: OpSpec, constants: Constants, inputs: readonly Tensor[]): ArrayLike<number> {
  const wide = { ...spec, output: { ...spec.output, dtype: 'float32' as const } }
  const output: Tensor<'float32'> = tensor(
    'float32',
    spec.output.shape,
    allocate('float32', elements(spec.output.shape)),
  )
  const own = spec.op === 'Softmax' || spec.op === 'Sigmoid'
  const positive = own ? inputs : inputs.map(absolute)
  compute(wide, absoluteConstants(constants), positive, output)
  return output.data
}

function absoluteConstants(constants: Constants): Constants {
  if (constants.kind === 'clamp') return { ...constants, clamp: [-Infinity, Infinity] }
  if (constants.kind !== 'float-weights') return constants
  return {
    kind: 'float-weights',
    weight: absolute(constants.weight) as typeof constants.weight,
    bias: constants.bias.map(Math.abs),
    clamp: [-Infinity, Infinity],
  }
}

function absolute(source: Tensor): Tensor {
  // The top bit of a half is its sign.
  const data =
    source.dtype === 'float16' ? source.data.map((bits) => bits & 0x7fff) : source.data.map(Math.abs)
  return { ...source, data }
}
