import {
  allocate,
  kernelOp,
  elements,
  macsOf,
  tensor,
  toFloat16,
  type Constants,
  type Draw,
  type DType,
  type OpSpec,
  type Shape,
  type Tensor,
} from '@octet/core'
import { Random } from '@octet/core/statistics'

/** A spec with numbers to run it on. */
export interface Instance {
  readonly name: string
  readonly spec: OpSpec
  readonly constants: Constants
  readonly inputs: readonly Tensor[]
}

/** The source of an instance's numbers. */
interface Numbers {
  /** One whole number for a tensor whose values lie in [-bound - 1, bound]. */
  readonly value: (bound: number) => number
  /** The approximate magnitude of a sum with this number of products, in units of the bounds of its factors. */
  readonly sum: (products: number) => number
}

/** The largest product of two int8 minus the zero points below. A device's sums are int32. */
const LARGEST_PRODUCT = 125 * 135
const LARGEST_SUM = 2 ** 31 - 1

/**
 * Numbers that separate correct kernels from wrong kernels without an error bound. Floats are small whole numbers, so
 * that every sum of them is exact in float32 in any order. int8 values cover the whole range. In one instance they are
 * all at the most negative end, where sums are largest, as long as int32 holds the sums.
 */
export function instancesOf(spec: OpSpec): Instance[] {
  const random = new Random(1)
  const drawn = instance(spec, 'random', {
    value: (bound) => random.below(2 * bound + 2) - bound - 1,
    sum: (products) => Math.sqrt(products) / 3,
  })
  const lowest = instance(spec, 'extremes', { value: (bound) => -bound - 1, sum: (products) => products })
  const products = macsOf(spec) / elements(spec.output.shape)
  const fits = products * LARGEST_PRODUCT <= LARGEST_SUM - 2 ** 16
  return spec.inputs[0].dtype === 'int8' && fits ? [drawn, lowest] : [drawn]
}

function instance(spec: OpSpec, name: string, { value, sum }: Numbers): Instance {
  const draw: Draw = {
    zeroPoints: [-3, 7],
    weights: ({ dtype, shape }, bound) => filled(dtype, shape, () => value(dtype === 'int8' ? bound : 8)),
    bias: (integer) => value(integer ? 1000 : 8),
    weightZeroPoint: () => value(7),
    // Sums take about half of the output's range.
    multiplier: (products, bound) => 64 / (127 * bound * sum(products)),
    // No two neighbours are equal.
    tables: (count) => Int8Array.from({ length: 256 * count }, (_, i) => (i * 37) & 0xff),
  }
  return {
    name,
    spec,
    constants: kernelOp(spec).instance(spec, draw),
    inputs: spec.inputs.map(({ dtype, shape }) =>
      filled(dtype, shape, () => value(dtype === 'int8' ? 127 : 8)),
    ),
  }
}

function filled(dtype: DType, shape: Shape, value: () => number): Tensor {
  const length = elements(shape)
  if (dtype === 'float16') return tensor('float16', shape, toFloat16(Float32Array.from({ length }, value)))
  const data = allocate(dtype, length)
  for (let i = 0; i < length; i++) data[i] = value()
  return tensor(dtype, shape, data)
}
