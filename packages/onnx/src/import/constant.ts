import {
  bracketed,
  elements,
  float16ToNumber,
  OctetError,
  tensor,
  type Shape,
  type Tensor,
} from '@octet/core'
import type { TensorProto } from '../generated/onnx_pb.ts'

/** A constant of the file: weights as float32, or the whole numbers that some ops take as arguments. */
export type Constant =
  | { readonly kind: 'float'; readonly tensor: Tensor<'float32'> }
  | { readonly kind: 'integer'; readonly shape: Shape; readonly values: readonly number[] }

/**
 * How each ONNX data type is stored: its width in raw_data, how one value is read from there, and the typed field it
 * may use instead.
 */
interface Encoding {
  readonly name: string
  readonly kind: Constant['kind']
  readonly bytes: number
  raw(view: DataView, at: number): number | bigint
  typed(proto: TensorProto): readonly (number | bigint)[]
}

const identity = (value: number): number => value
const fromInt32 = (convert: (value: number) => number) => (proto: TensorProto) => proto.int32Data.map(convert)

const ENCODINGS: ReadonlyMap<number, Encoding> = new Map<number, Encoding>([
  [
    1,
    {
      name: 'float',
      kind: 'float',
      bytes: 4,
      raw: (v, at) => v.getFloat32(at, true),
      typed: (p) => p.floatData,
    },
  ],
  [
    2,
    { name: 'uint8', kind: 'integer', bytes: 1, raw: (v, at) => v.getUint8(at), typed: fromInt32(identity) },
  ],
  [3, { name: 'int8', kind: 'integer', bytes: 1, raw: (v, at) => v.getInt8(at), typed: fromInt32(identity) }],
  [
    6,
    {
      name: 'int32',
      kind: 'integer',
      bytes: 4,
      raw: (v, at) => v.getInt32(at, true),
      typed: fromInt32(identity),
    },
  ],
  [
    7,
    {
      name: 'int64',
      kind: 'integer',
      bytes: 8,
      raw: (v, at) => v.getBigInt64(at, true),
      typed: (p) => p.int64Data,
    },
  ],
  [
    9,
    { name: 'bool', kind: 'integer', bytes: 1, raw: (v, at) => v.getUint8(at), typed: fromInt32(identity) },
  ],
  [
    10,
    {
      name: 'float16',
      kind: 'float',
      bytes: 2,
      raw: (v, at) => float16ToNumber(v.getUint16(at, true)),
      typed: fromInt32(float16ToNumber),
    },
  ],
  [
    11,
    {
      name: 'double',
      kind: 'float',
      bytes: 8,
      raw: (v, at) => v.getFloat64(at, true),
      typed: (p) => p.doubleData,
    },
  ],
])

/** ONNX's names of the data types that are not read. */
const OTHER_TYPES: ReadonlyMap<number, string> = new Map([
  [4, 'uint16'],
  [5, 'int16'],
  [8, 'string'],
  [12, 'uint32'],
  [13, 'uint64'],
  [14, 'complex64'],
  [15, 'complex128'],
  [16, 'bfloat16'],
  [17, 'float8e4m3fn'],
  [18, 'float8e4m3fnuz'],
  [19, 'float8e5m2'],
  [20, 'float8e5m2fnuz'],
  [21, 'uint4'],
  [22, 'int4'],
  [23, 'float4e2m1'],
])

/** ONNX's name of a data type, or its number where it has none. */
export function typeName(dataType: number): string {
  return ENCODINGS.get(dataType)?.name ?? OTHER_TYPES.get(dataType) ?? String(dataType)
}

/**
 * Reads a tensor of the file, float16 and double converted to float32.
 * @throws OctetError when it lies outside the file, has another data type, or its size is not its shape's.
 */
export function readConstant(proto: TensorProto, where: string): Constant {
  if (proto.dataLocation !== 0)
    throw new OctetError(
      `${where}: its data lies in another file`,
      'save the model with its weights inside the .onnx file',
    )
  const encoding = ENCODINGS.get(proto.dataType)
  if (encoding === undefined)
    throw new OctetError(
      `${where}: data type ${typeName(proto.dataType)} is not supported`,
      `save it as one of those that are read: ${[...ENCODINGS.values()].map(({ name }) => name).join(', ')}`,
    )
  const shape = proto.dims.map(Number)
  const count = elements(shape)
  if (shape.some((size) => size < 0) || !Number.isSafeInteger(count))
    throw new OctetError(`${where}: ${bracketed(shape)} is not a shape`, 'export the model again')
  const raw = proto.rawData.length > 0
  const typed = raw ? [] : encoding.typed(proto)
  // Compared before memory is taken: a shape says nothing about the bytes that follow.
  if (raw ? proto.rawData.length !== count * encoding.bytes : typed.length !== count)
    throw new OctetError(
      `${where}: shape ${bracketed(shape)} needs ${count} values of ${encoding.name}, its data has ${
        raw ? `${proto.rawData.length} bytes` : typed.length
      }`,
      'the file is damaged: copy it or export the model again',
    )
  const { rawData } = proto
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength)
  const value = (i: number): number => Number(raw ? encoding.raw(view, i * encoding.bytes) : typed[i])
  if (encoding.kind === 'integer')
    return { kind: 'integer', shape, values: Array.from({ length: count }, (_, i) => value(i)) }
  const made = tensor('float32', shape)
  for (let i = 0; i < count; i++) made.data[i] = value(i)
  return { kind: 'float', tensor: made }
}
