import { fromBinary } from '@bufbuild/protobuf'
import { OctetError } from '@octet/core'
import { ModelProtoSchema, type GraphProto, type ModelProto } from '../generated/onnx_pb.ts'
import { scan } from './scan.ts'

const OPSETS = [7, 25] as const

/** A file's graph and its version of ONNX's ops. */
export interface Decoded {
  readonly file: GraphProto
  readonly opset: number
}

/** @throws OctetError if the bytes are no model, or a model of an opset that Octet does not read. */
export function decode(bytes: Uint8Array): Decoded {
  let model: ModelProto
  try {
    scan(bytes)
    model = fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false })
  } catch (error) {
    if (error instanceof OctetError) throw error
    throw new OctetError(
      'the bytes are not an ONNX model, or the file is cut short',
      'copy the file again, or export the model again',
    )
  }
  if (model.graph === undefined)
    throw new OctetError('the file holds no ONNX graph', 'give a model that was exported as ONNX')
  return { file: model.graph, opset: opsetOf(model) }
}

function opsetOf({ opsetImport, irVersion, graph }: ModelProto): number {
  const entry = opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')
  const others = graph!.node.find(({ domain }) => domain !== '' && domain !== 'ai.onnx')
  // A model with only other domains needs no opset of ONNX's own. Its ops are refused by name later.
  if (entry === undefined && others !== undefined) return OPSETS[1]
  const mend = `convert the model to one from ${OPSETS.join(' to ')}`
  // Files before IR version 3 did not name the opset and had the ops of opset 1.
  if (entry === undefined)
    throw new OctetError(`the file states no opset (its IR version is ${irVersion}), which is opset 1`, mend)
  const opset = Number(entry.version)
  if (opset < OPSETS[0] || opset > OPSETS[1]) throw new OctetError(`opset ${opset} is not supported`, mend)
  return opset
}
