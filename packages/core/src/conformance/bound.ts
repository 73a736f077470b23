import { fromFloat16 } from '../numerics/index.ts'
import type { OpSpec } from '../ops/list.ts'
import type { Constants } from '../ops/spec.ts'
import { compute } from '../reference/kernels.ts'
import { tensor, type Tensor } from '../tensor/tensor.ts'
import { checksOf, type ConformanceCase } from './case.ts'

const HALF_ULP_32 = 2 ** -24
const HALF_ULP_16 = 2 ** -11
const SMALLEST_HALF = 2 ** -24

/**
 * The largest difference from the reference that each output element may show. It is zero for integers and for exact
 * ops.
 *
 * A sum of K products in float32, in any order, errs by at most K·u·Σ|x·w| (u = 2^-24; Higham 2002, section 3.1).
 * So the bound scales with K and with the summed magnitudes. Softmax and Sigmoid allow for WGSL's exp (3 + 2|x| ulp). A
 * float16 result is rounded once more, to one ulp.
 */
export function errorBounds({ spec, constants, inputs }: ConformanceCase, expected: Tensor): Float64Array {
  const bounds = new Float64Array(expected.data.length)
  const { bound } = checksOf(spec)
  if (expected.dtype === 'int8' || bound === 'exact') return bounds
  const magnitudes = magnitudesSummed(
    spec,
    constants,
    bound.of === 'magnitudes' ? inputs.map(absolute) : inputs,
  )
  const values = asNumbers(expected)
  const roundings = bound.roundings(spec)
  for (let i = 0; i < bounds.length; i++) {
    // Infinity and NaN have no neighbours.
    if (!Number.isFinite(values[i])) continue
    const magnitude = bound.of === 'one' ? Math.max(Math.abs(magnitudes[i]), 1) : Math.abs(magnitudes[i])
    bounds[i] = roundings * HALF_ULP_32 * magnitude
    if (expected.dtype === 'float16') bounds[i] += 2 * HALF_ULP_16 * Math.abs(values[i]) + SMALLEST_HALF
  }
  return bounds
}

/** The values of a float tensor as numbers, or the integers of any other tensor. */
export function asNumbers(source: Tensor): ArrayLike<number> {
  return source.dtype === 'float16' ? fromFloat16((source as Tensor<'float16'>).data) : source.data
}

/** Σ|x·w| + |b| for each output: the reference on absolute weights, without clamping. */
function magnitudesSummed(spec: OpSpec, constants: Constants, inputs: readonly Tensor[]): ArrayLike<number> {
  const wide = { ...spec, output: { ...spec.output, dtype: 'float32' as const } }
  const output = tensor('float32', spec.output.shape)
  compute(wide, absoluteConstants(constants), inputs, output)
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
