import { fromBinary } from '@bufbuild/protobuf'
import { OctetError } from '@octet/core'
import { ModelProtoSchema, type ModelProto, type ValueInfoProto } from './generated/onnx_pb.ts'
import type { Metadata } from './metadata.ts'

/** The texts and names in a model's file that are not part of the graph. */
export interface Description {
  readonly doc: string
  readonly domain: string
  readonly version: bigint
  readonly metadata: Metadata
  readonly graphDoc: string
  /** Doc strings of named nodes, by name. */
  readonly nodeDocs: ReadonlyMap<string, string>
  /** Names of the outputs, in their order. */
  readonly outputs: readonly string[]
  /** Inputs and outputs by name. */
  readonly values: ReadonlyMap<string, DescribedValue>
}

/** An input or output as the file declares it. A free size is its name, or empty. */
export interface DescribedValue {
  readonly doc: string
  readonly shape: readonly (number | string)[]
}

/** Reads the description of a model from its file. @throws OctetError if the bytes are not a model. */
export function readDescription(bytes: Uint8Array): Description {
  const { graph, docString, domain, modelVersion, metadataProps } = decoded(bytes)
  return {
    doc: docString,
    domain,
    version: modelVersion,
    metadata: metadataProps.map(({ key, value }) => [key, value]),
    graphDoc: graph?.docString ?? '',
    nodeDocs: new Map(
      (graph?.node ?? [])
        .filter(({ name, docString }) => name !== '' && docString !== '')
        .map(({ name, docString }) => [name, docString]),
    ),
    outputs: (graph?.output ?? []).map(({ name }) => name),
    values: new Map(
      [...(graph?.input ?? []), ...(graph?.output ?? [])].map((value) => [value.name, valueOf(value)]),
    ),
  }
}

/** @throws OctetError if the bytes are not a model. */
export function decoded(bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false })
  } catch {
    throw new OctetError(
      'the bytes are not an ONNX model, or the file is cut short',
      'copy the file again, or export the model again',
    )
  }
}

function valueOf({ docString, type }: ValueInfoProto): DescribedValue {
  const dims = type?.tensorType?.shape?.dim ?? []
  return {
    doc: docString,
    shape: dims.map(({ value }) => (value.case === 'dimValue' ? Number(value.value) : (value.value ?? ''))),
  }
}
