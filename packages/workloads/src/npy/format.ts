import { float16ToNumber, type DType } from '@octet/core'

/** The dtypes of NPY files after reading. NumPy's wider and narrower types become one of them. */
export type NpyDType = Extract<DType, 'uint8' | 'int8' | 'int32' | 'float32'>

/**
 * How values of a NumPy dtype are read, and the dtype of Octet that holds them. Values of more than one byte are
 * checked to fit.
 */
export interface Encoding {
  readonly dtype: NpyDType
  readonly bytes: number
  read(view: DataView, at: number, little: boolean): number
}

/** Encodings by NumPy's kind and item size. */
const ENCODINGS: ReadonlyMap<string, Encoding> = new Map<string, Encoding>([
  ['b1', { dtype: 'uint8', bytes: 1, read: (view, at) => Number(view.getUint8(at) !== 0) }],
  ['u1', { dtype: 'uint8', bytes: 1, read: (view, at) => view.getUint8(at) }],
  ['i1', { dtype: 'int8', bytes: 1, read: (view, at) => view.getInt8(at) }],
  ['u2', { dtype: 'int32', bytes: 2, read: (view, at, little) => view.getUint16(at, little) }],
  ['i2', { dtype: 'int32', bytes: 2, read: (view, at, little) => view.getInt16(at, little) }],
  ['u4', { dtype: 'int32', bytes: 4, read: (view, at, little) => view.getUint32(at, little) }],
  ['i4', { dtype: 'int32', bytes: 4, read: (view, at, little) => view.getInt32(at, little) }],
  ['u8', { dtype: 'int32', bytes: 8, read: (view, at, little) => Number(view.getBigUint64(at, little)) }],
  ['i8', { dtype: 'int32', bytes: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)) }],
  [
    'f2',
    { dtype: 'float32', bytes: 2, read: (view, at, little) => float16ToNumber(view.getUint16(at, little)) },
  ],
  ['f4', { dtype: 'float32', bytes: 4, read: (view, at, little) => view.getFloat32(at, little) }],
  ['f8', { dtype: 'float32', bytes: 8, read: (view, at, little) => view.getFloat64(at, little) }],
])

/** Other spellings that `numpy.dtype` accepts: type characters and names. */
const SPELLINGS: ReadonlyMap<string, string> = new Map([
  ...Object.entries({ '?': 'b1', bool: 'b1', B: 'u1', b: 'i1', H: 'u2', h: 'i2', I: 'u4', i: 'i4' }),
  ...Object.entries({ Q: 'u8', q: 'i8', e: 'f2', half: 'f2', f: 'f4', single: 'f4', d: 'f8', double: 'f8' }),
  ...[8, 16, 32, 64].flatMap((bits) => [
    [`uint${bits}`, `u${bits / 8}`] as const,
    [`int${bits}`, `i${bits / 8}`] as const,
    [`float${bits}`, `f${bits / 8}`] as const,
  ]),
])

/** The names of the supported dtypes in NumPy's notation, for messages. */
export const READABLE: string = '|b1, |u1, |i1, <u2, <i2, <u4, <i4, <u8, <i8, <f2, <f4 or <f8'

/**
 * The encoding that a NumPy dtype string names, and its byte order: `<` and `=` little-endian, `>` big-endian, `|`
 * either. Undefined for a dtype that is not supported.
 */
export function encodingOf(description: string): { encoding: Encoding; little: boolean } | undefined {
  const [, order, type] = /^([<>=|]?)(.+)$/s.exec(description) ?? []
  const encoding = type === undefined ? undefined : ENCODINGS.get(SPELLINGS.get(type) ?? type)
  return encoding && { encoding, little: order !== '>' }
}

/** The NumPy dtype string with which each of Octet's dtypes is written. */
export const DESCRIPTIONS: { readonly [D in NpyDType]: string } = {
  uint8: '|u1',
  int8: '|i1',
  int32: '<i4',
  float32: '<f4',
}

/** The first bytes of every NPY file. */
export const MAGIC: Uint8Array = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59)
