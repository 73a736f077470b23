import { create } from '@bufbuild/protobuf'
import { AttributeProtoSchema, type AttributeProto } from '../generated/onnx_pb.ts'

/** ONNX AttributeProto.AttributeType. */
const TYPE = { float: 1, int: 2, ints: 7 } as const

export function int(name: string, value: number | boolean): AttributeProto {
  return create(AttributeProtoSchema, { name, type: TYPE.int, i: BigInt(value) })
}

export function ints(name: string, values: readonly number[]): AttributeProto {
  return create(AttributeProtoSchema, { name, type: TYPE.ints, ints: values.map(BigInt) })
}

export function float(name: string, value: number): AttributeProto {
  return create(AttributeProtoSchema, { name, type: TYPE.float, f: value })
}
