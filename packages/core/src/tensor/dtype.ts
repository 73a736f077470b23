import { arrayKind } from './bits.ts'

/** The element types of tensors. `float16` is stored as raw IEEE 754 binary16 bits. */
export type DType = 'float32' | 'float16' | 'int8' | 'uint8' | 'int16' | 'uint16' | 'int32'

/** The typed array that holds each dtype. */
export interface DataOf {
  float32: Float32Array
  float16: Uint16Array
  int8: Int8Array
  uint8: Uint8Array
  int16: Int16Array
  uint16: Uint16Array
  int32: Int32Array
}

interface ArrayOf<Data> {
  new (length: number): Data
  new (buffer: ArrayBuffer, offset?: number, length?: number): Data
  readonly BYTES_PER_ELEMENT: number
  readonly name: string
}

const ARRAYS: { readonly [D in DType]: ArrayOf<DataOf[D]> } = {
  float32: Float32Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
}

/** The number of bytes of one element. */
export function bytesPerElement(dtype: DType): number {
  return ARRAYS[dtype].BYTES_PER_ELEMENT
}

/** A zero-filled typed array of `length` elements of `dtype`. */
export function allocate<D extends DType>(dtype: D, length: number): DataOf[D] {
  return new ARRAYS[dtype](length)
}

/** Whether the array has the type that holds this dtype. */
export function isArrayOf<D extends DType>(dtype: D, data: DataOf[DType]): data is DataOf[D] {
  return arrayKind(data) === ARRAYS[dtype].name
}

/**
 * A view of `length` elements of a buffer from byte `offset` on, or of all its elements, as `dtype`, without a copy.
 */
export function viewAs<D extends DType>(
  dtype: D,
  buffer: ArrayBuffer,
  length?: number,
  offset = 0,
): DataOf[D] {
  return new ARRAYS[dtype](buffer, offset, length)
}

/** Smallest and largest value of an integer dtype. */
export const INTEGER_LIMITS: {
  readonly [D in Exclude<DType, 'float32' | 'float16'>]: readonly [number, number]
} = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
  int32: [-2147483648, 2147483647],
}
