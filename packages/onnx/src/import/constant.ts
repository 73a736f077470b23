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

/** How the elements of a data type are stored. */
interface Encoding {
  readonly kind: Constant['kind']
  readonly bytes: number
  /** Reads one element of raw_data. */
  readonly raw: Extract<keyof DataView, `get${string}`>
  /** The field that holds the elements where raw_data does not. */
  readonly typed: 'floatData' | 'doubleData' | 'int32Data' | 'int64Data'
  /** Decodes a stored number that is not the value itself. */
  readonly decode?: (stored: number) => number
}

/** The data types that are read, by their numbers (onnx.proto). */
const ENCODINGS: ReadonlyMap<number, Encoding> = new Map<number, Encoding>([
  [1, { kind: 'float', bytes: 4, raw: 'getFloat32', typed: 'floatData' }],
  [2, { kind: 'integer', bytes: 1, raw: 'getUint8', typed: 'int32Data' }],
  [3, { kind: 'integer', bytes: 1, raw: 'getInt8', typed: 'int32Data' }],
  [6, { kind: 'integer', bytes: 4, raw: 'getInt32', typed: 'int32Data' }],
  [7, { kind: 'integer', bytes: 8, raw: 'getBigInt64', typed: 'int64Data' }],
  [9, { kind: 'integer', bytes: 1, raw: 'getUint8', typed: 'int32Data' }],
  [10, { kind: 'float', bytes: 2, raw: 'getUint16', typed: 'int32Data', decode: float16ToNumber }],
  [11, { kind: 'float', bytes: 8, raw: 'getFloat64', typed: 'doubleData' }],
])

/** ONNX's names of all data types, in the order of their numbers from 1 on. */
const TYPE_NAMES: readonly string[] = (
  'float uint8 int8 uint16 int16 int32 int64 string bool float16 double uint32 uint64 complex64 complex128 ' +
  'bfloat16 float8e4m3fn float8e4m3fnuz float8e5m2 float8e5m2fnuz uint4 int4 float4e2m1'
).split(' ')

/** ONNX's name of a data type, or its number where it has none. */
export function typeName(dataType: number): string {
  return TYPE_NAMES[dataType - 1] ?? String(dataType)
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
      `save it as one of those that are read: ${[...ENCODINGS.keys()].map(typeName).join(', ')}`,
    )
  const shape = proto.dims.map(Number)
  const count = elements(shape)
  if (shape.some((size) => size < 0) || !Number.isSafeInteger(count))
    throw new OctetError(`${where}: ${bracketed(shape)} is not a shape`, 'export the model again')
  const { kind, bytes, decode } = encoding
  const { rawData } = proto
  const raw = rawData.length > 0
  const typed = raw ? [] : proto[encoding.typed]
  // Compared before memory is allocated, because the shape alone does not tell how many bytes the file has.
  if (raw ? rawData.length !== count * bytes : typed.length !== count)
    throw new OctetError(
      `${where}: shape ${bracketed(shape)} needs ${count} values of ${typeName(proto.dataType)}, its data has ${
        raw ? `${rawData.length} bytes` : typed.length
      }`,
      'the file is damaged: copy it or export the model again',
    )
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength)
  const stored = raw
    ? (i: number): number | bigint => view[encoding.raw](i * bytes, true)
    : (i: number): number | bigint => typed[i]
  const value = (i: number): number => (decode === undefined ? Number(stored(i)) : decode(Number(stored(i))))
  if (kind === 'integer') return { kind, shape, values: Array.from({ length: count }, (_, i) => value(i)) }
  const made = tensor('float32', shape)
  for (let i = 0; i < count; i++) made.data[i] = value(i)
  return { kind, tensor: made }
}
