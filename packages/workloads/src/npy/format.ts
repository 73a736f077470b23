import type { DType } from '@octet/core'

/** What an NPY file is read as: the two-byte and eight-byte types widen or narrow to these. */
export type NpyDType = Extract<DType, 'uint8' | 'int8' | 'int32' | 'float32'>

/** How a NumPy dtype string is read, and which of Octet's dtypes holds its values. */
export interface Encoding {
  readonly dtype: NpyDType
  readonly bytes: number
  read(view: DataView, at: number): number
}

/** NumPy dtype strings that are read; values of the wide ones are checked to fit. */
export const ENCODINGS: ReadonlyMap<string, Encoding> = new Map<string, Encoding>([
  ['|u1', { dtype: 'uint8', bytes: 1, read: (view, at) => view.getUint8(at) }],
  ['|i1', { dtype: 'int8', bytes: 1, read: (view, at) => view.getInt8(at) }],
  ['<u2', { dtype: 'int32', bytes: 2, read: (view, at) => view.getUint16(at, true) }],
  ['<i2', { dtype: 'int32', bytes: 2, read: (view, at) => view.getInt16(at, true) }],
  ['<i4', { dtype: 'int32', bytes: 4, read: (view, at) => view.getInt32(at, true) }],
  ['<i8', { dtype: 'int32', bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)) }],
  ['<f4', { dtype: 'float32', bytes: 4, read: (view, at) => view.getFloat32(at, true) }],
  ['<f8', { dtype: 'float32', bytes: 8, read: (view, at) => view.getFloat64(at, true) }],
])

/** The dtype string that each of Octet's dtypes is written as. */
export const DESCRIPTIONS: { readonly [D in NpyDType]: string } = {
  uint8: '|u1',
  int8: '|i1',
  int32: '<i4',
  float32: '<f4',
}

/** First bytes of every NPY file. */
export const MAGIC: Uint8Array = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59)
