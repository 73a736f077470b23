import { create, toBinary } from '@bufbuild/protobuf'
import { quoted } from '@octet/core'
import { decoded } from './description.ts'
import { DATA_TYPES } from './format.ts'
import { ModelProtoSchema, type TensorProto } from './generated/onnx_pb.ts'
import { readConstant } from './import/constant.ts'
import { ExternalData } from './import/external.ts'

/** A tensor that a QuantizeLinear of the file puts on one 8-bit grid. */
export interface IntegerTensor {
  readonly name: string
  /** The float tensor that is rounded to the grid. */
  readonly floats: string
  readonly dtype: 'uint8' | 'int8'
  readonly scale: number
  /** The zero point, in the tensor's own type. */
  readonly zeroPoint: number
}

/**
 * The tensors that a file's QuantizeLinear nodes compute, each with one constant scale and zero point, in the order of
 * the nodes. Integers from other nodes, such as those of QOperator form, are left out.
 * @throws OctetError if the bytes are not a model.
 */
export function integerTensors(bytes: Uint8Array): readonly IntegerTensor[] {
  const { graph } = decoded(bytes)
  const constants = new Map((graph?.initializer ?? []).map((one) => [one.name, one]))
  return (graph?.node ?? []).flatMap(({ opType, input: [floats, scale, zeroPoint], output: [name] }) => {
    if (opType !== 'QuantizeLinear') return []
    const zero = zeroPoint === undefined ? undefined : constants.get(zeroPoint)
    const dtype = zero === undefined || zero.dataType === DATA_TYPES.uint8 ? 'uint8' : 'int8'
    if (zero !== undefined && zero.dataType !== DATA_TYPES[dtype]) return []
    const step = numberIn(constants.get(scale))
    const point = zero === undefined ? 0 : numberIn(zero)
    if (step === undefined || point === undefined) return []
    return { name, floats, dtype, scale: step, zeroPoint: point }
  })
}

/** A tensor that a DynamicQuantizeLinear of the file puts on the grid of its own range, sample by sample. */
export type DynamicTensor = Pick<IntegerTensor, 'name' | 'dtype'>

/**
 * The tensors that a file's DynamicQuantizeLinear nodes compute, in the order of the nodes.
 * @throws OctetError if the bytes are not a model.
 */
export function dynamicTensors(bytes: Uint8Array): readonly DynamicTensor[] {
  const { graph } = decoded(bytes)
  return (graph?.node ?? []).flatMap(({ opType, output: [name] }) =>
    opType === 'DynamicQuantizeLinear' ? { name, dtype: 'uint8' as const } : [],
  )
}

/** The single number of a constant. Undefined if it has several numbers, or lies in another file. */
function numberIn(proto: TensorProto | undefined): number | undefined {
  if (proto === undefined || proto.dataLocation !== 0) return undefined
  const constant = readConstant(proto, `initializer ${quoted(proto.name)}`, new ExternalData(undefined))
  const values = constant.kind === 'float' ? constant.tensor.data : constant.values
  return values.length === 1 ? values[0] : undefined
}

/**
 * The model with inner tensors as additional outputs, after its own. The bytes are appended: Protocol Buffers read
 * messages in sequence as one message and join their lists. The function does not check that the tensors exist.
 */
export function withOutputs(
  bytes: Uint8Array,
  outputs: readonly Pick<IntegerTensor, 'name' | 'dtype'>[],
): Uint8Array {
  const added = toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      graph: {
        output: outputs.map(({ name, dtype }) => ({
          name,
          type: { tensorType: { elemType: DATA_TYPES[dtype] } },
        })),
      },
    }),
  )
  const whole = new Uint8Array(bytes.length + added.length)
  whole.set(bytes)
  whole.set(added, bytes.length)
  return whole
}
