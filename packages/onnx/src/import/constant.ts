import {
  bracketed,
  elements,
  float16ToNumber,
  fromBfloat16,
  fromFloat8,
  OctetError,
  tensor,
  type Shape,
  type Tensor,
} from '@octet/core'
import type { TensorProto } from '../generated/onnx_pb.ts'
import type { ExternalData } from './external.ts'

/** A constant of the file: weights as float32, or the whole numbers that some ops take as arguments. */
export type Constant = FloatConstant | IntegerConstant

export interface FloatConstant {
  readonly kind: 'float'
  readonly tensor: Tensor<'float32'>
  /** The number of its data type in the file (onnx.proto): bfloat16, or a type of at most 8 bits. */
  readonly type?: number
}

export interface IntegerConstant {
  readonly kind: 'integer'
  readonly shape: Shape
  readonly values: readonly number[]
  /** The number of its data type in the file (onnx.proto). Absent if Octet computed the numbers. */
  readonly type?: number
  /**
   * The numbers that depend on the batch size: element i is values[i] + perSample[i] * N for a batch of N. Absent if
   * all numbers are the same for every batch.
   */
  readonly perSample?: readonly number[]
}

/** How the elements of a data type are stored. */
interface Encoding {
  readonly kind: Constant['kind']
  readonly bytes: number
  /** The bits of one element, for types that share a byte. The first element has the low bits. */
  readonly bits?: 2 | 4
  /** Reads one element of raw_data. */
  readonly raw: Extract<keyof DataView, `get${string}`>
  /** The field with the elements if raw_data is empty. */
  readonly typed: 'floatData' | 'doubleData' | 'int32Data' | 'int64Data' | 'uint64Data'
  /** Decodes a stored number that differs from the value. */
  readonly decode?: (stored: number) => number
}

/** The number of the data type of floats with 8 bits of precision, which float32 does not replace. */
export const BFLOAT16 = 16

/** The supported data types, by their numbers (onnx.proto). */
const ENCODINGS: ReadonlyMap<number, Encoding> = new Map<number, Encoding>([
  [1, { kind: 'float', bytes: 4, raw: 'getFloat32', typed: 'floatData' }],
  [2, { kind: 'integer', bytes: 1, raw: 'getUint8', typed: 'int32Data' }],
  [3, { kind: 'integer', bytes: 1, raw: 'getInt8', typed: 'int32Data' }],
  [4, { kind: 'integer', bytes: 2, raw: 'getUint16', typed: 'int32Data' }],
  [5, { kind: 'integer', bytes: 2, raw: 'getInt16', typed: 'int32Data' }],
  [6, { kind: 'integer', bytes: 4, raw: 'getInt32', typed: 'int32Data' }],
  [7, { kind: 'integer', bytes: 8, raw: 'getBigInt64', typed: 'int64Data' }],
  [9, { kind: 'integer', bytes: 1, raw: 'getUint8', typed: 'int32Data' }],
  [10, { kind: 'float', bytes: 2, raw: 'getUint16', typed: 'int32Data', decode: float16ToNumber }],
  [11, { kind: 'float', bytes: 8, raw: 'getFloat64', typed: 'doubleData' }],
  [12, { kind: 'integer', bytes: 4, raw: 'getUint32', typed: 'uint64Data' }],
  [13, { kind: 'integer', bytes: 8, raw: 'getBigUint64', typed: 'uint64Data' }],
  [BFLOAT16, { kind: 'float', bytes: 2, raw: 'getUint16', typed: 'int32Data', decode: bfloat16ToNumber }],
  [17, narrowFloat((bits) => fromFloat8('float8e4m3fn', Uint8Array.of(bits))[0])],
  [19, narrowFloat((bits) => fromFloat8('float8e5m2', Uint8Array.of(bits))[0])],
  [21, packed(4, (bits) => bits)],
  [22, packed(4, (bits) => (bits ^ 8) - 8)],
  [23, { ...narrowFloat(fromFloat4), bits: 4 }],
  [25, packed(2, (bits) => bits)],
  [26, packed(2, (bits) => (bits ^ 2) - 2)],
])

function narrowFloat(decode: (bits: number) => number): Encoding {
  return { kind: 'float', bytes: 1, raw: 'getUint8', typed: 'int32Data', decode }
}

function packed(bits: 2 | 4, decode: (bits: number) => number): Encoding {
  return { kind: 'integer', bytes: 1, bits, raw: 'getUint8', typed: 'int32Data', decode }
}

/** Magnitudes of float4e2m1 by their three bits. */
const FLOAT4 = [0, 0.5, 1, 1.5, 2, 3, 4, 6]

function fromFloat4(bits: number): number {
  return FLOAT4[bits & 7] * (bits & 8 ? -1 : 1)
}

/** ONNX's names of all data types, in the order of their numbers, from 1. */
const TYPE_NAMES: readonly string[] = (
  'float uint8 int8 uint16 int16 int32 int64 string bool float16 double uint32 uint64 complex64 complex128 ' +
  'bfloat16 float8e4m3fn float8e4m3fnuz float8e5m2 float8e5m2fnuz uint4 int4 float4e2m1 float8e8m0 uint2 int2'
).split(' ')

/** ONNX's name of a data type, or its number if it has no name. */
export function typeName(dataType: number): string {
  return TYPE_NAMES[dataType - 1] ?? String(dataType)
}

/** Whether a data type has 8 bits or fewer. */
export function isNarrow(dataType: number): boolean {
  return ENCODINGS.get(dataType)?.bytes === 1
}

/** Whether elements of a data type are read as floats or as whole numbers. Undefined if the type is not supported. */
export function kindOfType(dataType: number): Constant['kind'] | undefined {
  return ENCODINGS.get(dataType)?.kind
}

/** The whole numbers that each integer data type holds, by its number (onnx.proto). */
const RANGES: ReadonlyMap<number, readonly [least: number, most: number]> = new Map([
  [2, [0, 2 ** 8 - 1]],
  [3, [-(2 ** 7), 2 ** 7 - 1]],
  [4, [0, 2 ** 16 - 1]],
  [5, [-(2 ** 15), 2 ** 15 - 1]],
  [6, [-(2 ** 31), 2 ** 31 - 1]],
  [7, [-(2 ** 63), 2 ** 63]],
  [12, [0, 2 ** 32 - 1]],
  [13, [0, 2 ** 64]],
  [21, [0, 15]],
  [22, [-8, 7]],
  [25, [0, 3]],
  [26, [-2, 1]],
])

/** The smallest and the largest number of an integer data type. Undefined for any other type. */
export function rangeOfType(dataType: number): readonly [least: number, most: number] | undefined {
  return RANGES.get(dataType)
}

/**
 * Reads a tensor of the file. float16, bfloat16 and double become float32. Numbers that the file stores as float32 are
 * not copied.
 * @throws OctetError if the tensor lies outside the file, has another data type, or has a size that differs from its
 * shape's.
 */
export function readConstant(proto: TensorProto, where: string, external: ExternalData): Constant {
  const encoding = ENCODINGS.get(proto.dataType)
  if (encoding === undefined)
    throw new OctetError(
      `${where}: data type ${typeName(proto.dataType)} is not supported`,
      `save it as a type that Octet reads: ${[...ENCODINGS.keys()].map(typeName).join(', ')}`,
    )
  const shape = proto.dims.map(Number)
  const count = elements(shape)
  if (shape.some((size) => size < 0) || !Number.isSafeInteger(count))
    throw new OctetError(`${where}: ${bracketed(shape)} is not a shape`, 'export the model again')
  const { kind, bytes, bits = 8, decode } = encoding
  const stored = Math.ceil((count * bits) / 8)
  const rawData = proto.dataLocation === 0 ? proto.rawData : external.read(proto, stored * bytes, where)
  const raw = rawData.length > 0
  const typed = raw ? [] : proto[encoding.typed]
  // This comparison comes before the allocation, because the shape alone does not show how many bytes the file has.
  if (raw ? rawData.length !== stored * bytes : typed.length !== stored)
    throw new OctetError(
      `${where}: shape ${bracketed(shape)} needs ${count} values of ${typeName(proto.dataType)}, its data has ${
        raw ? `${rawData.length} bytes` : typed.length
      }`,
      'the file is damaged: copy it or export the model again',
    )
  if (raw && proto.dataType === 1)
    return { kind: 'float', tensor: tensor('float32', shape, floatsIn(rawData)) }
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength)
  const unit = raw
    ? (i: number): number | bigint => view[encoding.raw](i * bytes, true)
    : (i: number): number | bigint => typed[i]
  const part = (i: number): number => {
    const at = i * bits
    return (Number(unit(Math.floor(at / 8))) >> (at % 8)) & (2 ** bits - 1)
  }
  const bare = encoding.bits === undefined ? unit : part
  const value = decode === undefined ? bare : (i: number): number => decode(Number(bare(i)))
  if (kind === 'integer') {
    const values: number[] = []
    for (let i = 0; i < count; i++) values.push(Number(value(i)))
    return { kind, shape, values, type: proto.dataType }
  }
  const made = tensor('float32', shape)
  for (let i = 0; i < count; i++) made.data[i] = Number(value(i))
  const isNamed = proto.dataType === BFLOAT16 || isNarrow(proto.dataType)
  return { kind, tensor: made, ...(isNamed && { type: proto.dataType }) }
}

/** Bytes of little-endian float32. Aligned bytes are not copied. */
function floatsIn({ buffer, byteOffset, byteLength }: Uint8Array): Float32Array {
  const aligned = byteOffset % Float32Array.BYTES_PER_ELEMENT === 0
  const from = aligned ? buffer : buffer.slice(byteOffset, byteOffset + byteLength)
  return new Float32Array(
    from as ArrayBuffer,
    aligned ? byteOffset : 0,
    byteLength / Float32Array.BYTES_PER_ELEMENT,
  )
}

function bfloat16ToNumber(bits: number): number {
  return fromBfloat16(Uint16Array.of(bits))[0]
}
