import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { OctetError } from '@octet/core'

/** `metadata_props` of ModelProto, a list of StringStringEntryProto with `key` and `value` (onnx.proto). */
const METADATA_PROPS = 14
const KEY = 1
const VALUE = 2

/** The `metadata_props` of a model in the file's order. Keys may repeat. */
export type Metadata = readonly (readonly [key: string, value: string])[]

/**
 * Reads the `metadata_props` of an ONNX model.
 * @throws OctetError if the bytes are not such a model.
 */
export function readMetadata(bytes: Uint8Array): Metadata {
  try {
    const entries: [string, string][] = []
    const reader = new BinaryReader(bytes)
    while (reader.pos < reader.len) {
      const [field, wireType] = reader.tag()
      if (field === METADATA_PROPS && wireType === WireType.LengthDelimited)
        entries.push(entryOf(reader.bytes()))
      else reader.skip(wireType, field)
    }
    return entries
  } catch {
    throw new OctetError(
      'the bytes are not an ONNX model, or the file is cut short',
      'export or copy the model again',
    )
  }
}

/**
 * Adds `metadata_props` to a model. The bytes are appended: Protocol Buffers read messages in sequence as one message.
 */
export function withMetadata(model: Uint8Array, metadata: Metadata): Uint8Array {
  const writer = new BinaryWriter()
  for (const [key, value] of metadata) {
    writer.tag(METADATA_PROPS, WireType.LengthDelimited).fork()
    writer.tag(KEY, WireType.LengthDelimited).string(key)
    writer.tag(VALUE, WireType.LengthDelimited).string(value)
    writer.join()
  }
  const added = writer.finish()
  const whole = new Uint8Array(model.length + added.length)
  whole.set(model)
  whole.set(added, model.length)
  return whole
}

function entryOf(bytes: Uint8Array): [string, string] {
  const reader = new BinaryReader(bytes)
  let [key, value] = ['', '']
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag()
    if (field === KEY) key = reader.string()
    else if (field === VALUE) value = reader.string()
    else reader.skip(wireType, field)
  }
  return [key, value]
}
