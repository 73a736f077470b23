import {
  type Constants,
  kernelOp,
  type Draw,
  type DType,
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
 * Float numbers are 8-bit integers times this power of two, so float32, float16 and int8 hold the same numbers exactly.
 * An op therefore has the same result in each, up to the rounding of sums.
 */
export const STEP: number = 2 ** -6
const INPUT_ZERO_POINT = -3

/** Fills a spec with random nonzero numbers that are the same in every precision. Constants use the output's range. */
export function instantiate(spec: OpSpec, seed = 1): Instance {
  const inputs = spec.inputs.map((input, index) => filled(input, new Random(seed, index)))
  return { spec, constants: kernelOp(spec).instance(spec, drawFrom(new Random(seed, inputs.length))), inputs }
}

/** int8 holds the integers around the input's zero point. Floats hold the values of these integers. */
function filled({ dtype, shape }: TensorSpec, random: Random): Tensor {
  // Minus the zero point they still fit in 8 bits, for peers with another zero point.
  const integers = integersBetween(-127, 127 + INPUT_ZERO_POINT, shape, random)
  return stored(dtype, shape, integers, INPUT_ZERO_POINT)
}

function integersBetween(lo: number, hi: number, shape: Shape, random: Random): Int8Array {
  return Int8Array.from({ length: elements(shape) }, () => lo + random.below(hi - lo + 1))
}

/** Integers, or the floats that they represent. */
function stored(dtype: DType, shape: Shape, integers: Int8Array, zeroPoint: number): Tensor {
  if (dtype === 'int8') return tensor('int8', shape, integers)
  const numbers = Float32Array.from(integers, (value) => (value - zeroPoint) * STEP)
  return dtype === 'float16' ? tensor(dtype, shape, toFloat16(numbers)) : tensor('float32', shape, numbers)
}

/** An output scale for sums of `terms` products, as a multiplier of the integer sum. */
export function multiplierFor(terms: number): number {
  return 0.01 / Math.sqrt(terms)
}

/** Weights on the same grid in every precision, without biases. */
function drawFrom(random: Random): Draw {
  return {
    zeroPoints: [INPUT_ZERO_POINT, INPUT_ZERO_POINT],
    weights: ({ dtype, shape }, bound) =>
      stored(dtype, shape, integersBetween(-bound, bound, shape, random), 0),
    bias: () => 0,
    weightZeroPoint: () => 0,
    multiplier: multiplierFor,
    tables: (count) => Int8Array.from({ length: 256 * count }, (_, i) => i - 128),
  }
}
