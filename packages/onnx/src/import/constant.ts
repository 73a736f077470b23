import { elements, float16ToNumber, OctetError, tensor, type Shape, type Tensor } from '@octet/core'
import type { TensorProto } from '../generated/onnx_pb.ts'

/** A constant of the file: weights as float32, or the whole numbers that some ops take as arguments. */
export type Constant =
  | { readonly kind: 'float'; readonly tensor: Tensor<'float32'> }
  | { readonly kind: 'integer'; readonly shape: Shape; readonly values: readonly number[] }

/** How each ONNX data type is stored: its width in raw_data, how one value is read from there, and the typed field it may use instead. */
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
      `${where}: data type ${proto.dataType} is not supported`,
      `the ones read are ${[...ENCODINGS.values()].map(({ name }) => name).join(', ')}`,
    )
  const shape = proto.dims.map(Number)
  const count = elements(shape)
  if (shape.some((size) => size < 0) || !Number.isSafeInteger(count))
    throw new OctetError(`${where}: [${shape.join(', ')}] is not a shape`)
  const values = proto.rawData.length > 0 ? rawValues(proto.rawData, encoding, count) : encoding.typed(proto)
  if (values?.length !== count)
    throw new OctetError(
      `${where}: shape [${shape.join(', ')}] needs ${count} values of ${encoding.name}, its data has ${
        values?.length ?? `${proto.rawData.length} bytes`
      }`,
    )
  if (encoding.kind === 'float')
    return { kind: 'float', tensor: tensor('float32', shape, Float32Array.from(values, Number)) }
  return { kind: 'integer', shape, values: Array.from(values, Number) }
}

/** undefined where the bytes are not exactly `count` values. */
function rawValues(bytes: Uint8Array, encoding: Encoding, count: number): (number | bigint)[] | undefined {
  if (bytes.length !== count * encoding.bytes) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: count }, (_, i) => encoding.raw(view, i * encoding.bytes))
}
