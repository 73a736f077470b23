import { toFloat16 } from '../numerics/index.ts'
import type { Constants, OpSpec, Precision, TensorSpec } from '../kernel/spec.ts'
import type { DType } from '../tensor/dtype.ts'
import { elements, tensor, type Shape, type Tensor } from '../tensor/tensor.ts'
import type { Random } from '../statistics/random.ts'

/** One op with concrete inputs: what a kernel package must get right. */
export interface ConformanceCase {
  /** Unique, e.g. `Conv int8: 3x3, ragged channels`. */
  readonly name: string
  readonly spec: OpSpec
  readonly constants: Constants
  readonly inputs: readonly Tensor[]
}

/** dtype that activations have in a precision. */
export const ACTIVATION_DTYPE: { readonly [P in Precision]: DType } = {
  fp32: 'float32',
  fp16: 'float16',
  int8: 'int8',
}

export const PRECISIONS: readonly Precision[] = ['fp32', 'fp16', 'int8']

/** A tensor of random values: integers over the dtype's whole range, floats uniform in [-2, 2). */
export function randomTensor(random: Random, { dtype, shape }: TensorSpec): Tensor {
  const count = elements(shape)
  if (dtype === 'int8')
    return tensor(
      'int8',
      shape,
      Int8Array.from({ length: count }, () => random.below(256) - 128),
    )
  const floats = randomFloats(random, count)
  if (dtype === 'float16') return tensor('float16', shape, toFloat16(floats))
  if (dtype === 'float32') return tensor('float32', shape, floats)
  throw new Error(`no op takes ${dtype}`)
}

/** int8: element i is `byte(i)`. */
export function bytes(shape: Shape, byte: (i: number) => number): Tensor<'int8'> {
  return tensor(
    'int8',
    shape,
    Int8Array.from({ length: elements(shape) }, (_, i) => byte(i)),
  )
}

export function randomFloats(random: Random, count: number): Float32Array {
  return Float32Array.from({ length: count }, () => random.uniform() * 4 - 2)
}

export function specOf(dtype: DType, shape: Shape): TensorSpec {
  return { dtype, shape }
}
