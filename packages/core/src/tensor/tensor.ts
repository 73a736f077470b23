import { OctetError } from '../error.ts'
import { arrayKind } from './bits.ts'
import { allocate, isArrayOf, type DataOf, type DType } from './dtype.ts'

/** Sizes, outermost first, in ONNX order (images: N, C, H, W). */
export type Shape = readonly number[]

/** A dense array in row-major (C) order. `data` is not copied: a tensor is a view of the given array. */
export interface Tensor<D extends DType = DType> {
  readonly dtype: D
  readonly shape: Shape
  readonly data: DataOf[D]
}

/** The number of elements of a shape. The empty shape is a scalar and has one element. */
export function elements(shape: Shape): number {
  let count = 1
  for (const size of shape) count *= size
  return count
}

/**
 * Makes a tensor. Without data it is filled with zeros.
 * @throws OctetError if the data's length differs from the number of elements, or if the array has another type than
 *   the dtype's.
 */
export function tensor<D extends DType>(dtype: D, shape: Shape, data?: DataOf[D]): Tensor<D> {
  const count = elements(shape)
  if (data !== undefined && !isArrayOf(dtype, data))
    throw new OctetError(
      `a ${dtype} tensor was given its values as ${arrayKind(data)}, whose bytes mean other numbers`,
      'convert them first',
    )
  if (data !== undefined && data.length !== count)
    throw new OctetError(
      `a ${dtype} tensor of shape [${shape.join(', ')}] has ${count} elements, but ${data.length} were given`,
    )
  return { dtype, shape, data: data ?? allocate(dtype, count) }
}

/** Whether two shapes have the same sizes. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis])
}
