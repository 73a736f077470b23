import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf'
import {
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from '../src/generated/onnx_pb.ts'

/** How a foreign exporter may write a model: parts that are left out are those of a plain one. */
export interface Description {
  readonly opset?: number
  readonly nodes: readonly NodeProto[]
  readonly initializers?: readonly TensorProto[]
  readonly inputs?: readonly ValueInfoProto[]
  readonly outputs?: readonly ValueInfoProto[]
  readonly domains?: readonly string[]
}

export function model({
  opset = 13,
  nodes,
  initializers = [],
  inputs,
  outputs,
  domains = [''],
}: Description): Uint8Array {
  const graph = {
    name: 'g',
    node: [...nodes],
    initializer: [...initializers],
    input: [...(inputs ?? [value('x', ['N', 3, 8, 8])])],
    output: [...(outputs ?? [value('y', ['N', 'any'])])],
  }
  const opsetImport = domains.map((domain) => ({ domain, version: domain === '' ? BigInt(opset) : 1n }))
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 7n, opsetImport, graph }))
}

/** A value's name, sizes (a text is a free one) and ONNX data type: 1 is float. */
export function value(name: string, sizes: readonly (number | string)[], elemType = 1): ValueInfoProto {
  const dim = sizes.map((size) =>
    typeof size === 'number'
      ? { value: { case: 'dimValue' as const, value: BigInt(size) } }
      : { value: { case: 'dimParam' as const, value: size } },
  )
  return create(ValueInfoProtoSchema, { name, type: { tensorType: { elemType, shape: { dim } } } })
}

export type AttributeValue =
  | number
  | readonly number[]
  | string
  | { float: number }
  | { floats: number[] }
  | TensorProto

/** `Conv("x", "w") -> y` and its attributes: whole numbers, lists of them, texts; floats are marked. */
export function node(
  opType: string,
  input: readonly string[],
  output: string | readonly string[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
  rest: MessageInitShape<typeof NodeProtoSchema> = {},
): NodeProto {
  return create(NodeProtoSchema, {
    opType,
    name: `${opType.toLowerCase()}_under_test`,
    input: [...input],
    output: typeof output === 'string' ? [output] : [...output],
    attribute: Object.entries(attributes).map(([name, attribute]) => attributeOf(name, attribute)),
    ...rest,
  })
}

function attributeOf(name: string, given: AttributeValue): AttributeProto {
  if (typeof given === 'number') return create(AttributeProtoSchema, { name, type: 2, i: BigInt(given) })
  if (typeof given === 'string') return create(AttributeProtoSchema, { name, type: 3, s: Buffer.from(given) })
  if ('float' in given) return create(AttributeProtoSchema, { name, type: 1, f: given.float })
  if ('floats' in given) return create(AttributeProtoSchema, { name, type: 6, floats: given.floats })
  if ('$typeName' in given) return create(AttributeProtoSchema, { name, type: 4, t: given })
  return create(AttributeProtoSchema, { name, type: 7, ints: [...given].map(BigInt) })
}

/** A float tensor of ones in float_data. */
export function ones(name: string, dims: readonly number[]): TensorProto {
  const length = dims.reduce((count, size) => count * size, 1)
  const floatData = Array.from({ length }, () => 1)
  return create(TensorProtoSchema, { name, dataType: 1, dims: dims.map(BigInt), floatData })
}

/** A list of int64 in int64_data. */
/** A float initializer. */
export function floats(name: string, dims: readonly number[], values: readonly number[]): TensorProto {
  return create(TensorProtoSchema, { name, dims: dims.map(BigInt), dataType: 1, floatData: [...values] })
}

export function longs(name: string, values: readonly number[]): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dataType: 7,
    dims: [BigInt(values.length)],
    int64Data: values.map(BigInt),
  })
}

export function constant(init: MessageInitShape<typeof TensorProtoSchema>): TensorProto {
  return create(TensorProtoSchema, init)
}
