import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { OctetError } from '@octet/core'
import { MOST_ENTRIES } from './limits.ts'

/** The field of a ModelProto that is its graph. */
const GRAPH = 7

/**
 * Counts the entries of a file's graph before any of them is decoded.
 * @throws OctetError for more entries than Octet reads, and the reader's error for bytes that are no model.
 */
export function scan(bytes: Uint8Array): void {
  const model = new BinaryReader(bytes)
  let entries = 0
  while (model.pos < model.len) {
    const [field, type] = model.tag()
    if (field !== GRAPH || type !== WireType.LengthDelimited) {
      model.skip(type, field)
      continue
    }
    const end = model.uint32() + model.pos
    while (model.pos < end) {
      const [field, type] = model.tag()
      model.skip(type, field)
      if (type === WireType.LengthDelimited) entries++
    }
  }
  if (entries > MOST_ENTRIES)
    throw new OctetError(
      `its graph has ${entries} entries (nodes, weights and descriptions of tensors), at most ${MOST_ENTRIES} are read`,
      'simplify the model, as onnxsim does, or export a smaller part of it',
    )
}
