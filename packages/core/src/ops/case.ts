import { toFloat16 } from '../numerics/index.ts'
import type { Random } from '../statistics/random.ts'
import type { DType } from '../tensor/dtype.ts'
import { elements, tensor, type Shape, type Tensor } from '../tensor/tensor.ts'
import type { Clamp, Constants, SpecOf, TensorSpec } from './spec.ts'

/** An op with concrete inputs. Every kernel package must compute it correctly. */
export interface Case<S extends SpecOf<string>> {
  /** A unique name, such as `Conv int8: 3x3, ragged channels`. */
  readonly name: string
  readonly spec: S
  readonly constants: Constants
  readonly inputs: readonly Tensor[]
}

/** Bounds without effect, for int8 and for floats. */
export const WHOLE: Clamp = [-128, 127]
export const FREE: Clamp = [-Infinity, Infinity]

/** Shapes for ops that work element by element. */
export const SHAPES: readonly Shape[] = [
  [1, 1, 1, 1],
  [2, 3, 5, 7],
  [1, 8, 4, 4],
  [1, 4, 3, 1],
  [2, 12, 3, 2],
  [1, 3, 4, 4],
  [3, 10],
]

/** Zeros, subnormals, the largest half and infinities, of both signs. */
export const SPECIAL_HALVES: readonly number[] = [
  0, 1, 2, 0x3ff, 0x400, 0x3c00, 0x7bff, 0x7c00, 0x8001, 0x83ff, 0xfbff, 0xfc00,
]

/**
 * Numbers below 65,536 by index, enough to fill a square: all of them, or every fifteenth, which covers every low byte.
 */
export function bytePairs(thin: boolean): { side: number; number: (place: number) => number } {
  return thin ? { side: 64, number: (place) => place * 15 } : { side: 256, number: (place) => place }
}

/** A tensor of random values. Integers cover the dtype's whole range; floats are uniform in [-2, 2). */
export function randomTensor(random: Random, { dtype, shape }: TensorSpec): Tensor {
  const count = elements(shape)
  if (dtype === 'int8') return bytes(shape, () => random.below(256) - 128)
  const floats = randomFloats(random, count)
  return floatTensor(dtype, shape, floats)
}

/** An int8 tensor whose element i is `byte(i)`. */
export function bytes(shape: Shape, byte: (i: number) => number): Tensor<'int8'> {
  return tensor('int8', shape, filled(new Int8Array(elements(shape)), byte))
}

export function randomFloats(random: Random, count: number): Float32Array {
  return filled(new Float32Array(count), () => random.uniform() * 4 - 2)
}

/** Fills an array in order. The kit has millions of elements, and `from` would take several times as long. */
function filled<A extends Int8Array | Float32Array>(array: A, element: (i: number) => number): A {
  for (let i = 0; i < array.length; i++) array[i] = element(i)
  return array
}

export function specOf(dtype: DType, shape: Shape): TensorSpec {
  return { dtype, shape }
}

/** A float tensor of a dtype. */
export function floatTensor(
  dtype: DType,
  shape: Shape,
  values: Float32Array,
): Tensor<'float32'> | Tensor<'float16'> {
  return dtype === 'float16' ? tensor('float16', shape, toFloat16(values)) : tensor('float32', shape, values)
}

/** Random tables without a pattern, so that any wrong entry shows. */
export function randomTables(random: Random, count: number): Int8Array {
  return filled(new Int8Array(256 * count), () => random.below(256) - 128)
}

/** The cases, and each int8 case again by Q31 multipliers with each rounding. */
export function* alsoFixedPoint<S extends SpecOf<string>>(cases: Iterable<Case<S>>): Generator<Case<S>> {
  const all = [...cases]
  yield* all
  for (const { name, spec, ...others } of all)
    if (spec.output.dtype === 'int8')
      for (const fixedPoint of ['double', 'single'] as const)
        yield { name: `${name}, Q31 ${fixedPoint} rounding`, spec: { ...spec, fixedPoint }, ...others }
}
