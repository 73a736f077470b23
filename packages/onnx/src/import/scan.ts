import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { OctetError } from '@octet/core'
import { DEEPEST_GRAPH, MOST_ENTRIES } from './limits.ts'

/** Fields of the messages that contain a graph, by their numbers (onnx.proto). */
const MODEL = { graph: 7 } as const
const GRAPH = { node: 1 } as const
const NODE = { attribute: 5 } as const
const ATTRIBUTE = { graph: 6 } as const

/**
 * Counts the entries of a file's graphs before any entry is decoded.
 * @throws OctetError for more entries or deeper graphs than Octet reads, and the reader's error if the bytes are no
 * model.
 */
export function scan(bytes: Uint8Array): void {
  const reader = new BinaryReader(bytes)
  let entries = 0
  const graph = (end: number, depth: number): void => {
    if (depth > DEEPEST_GRAPH)
      throw new OctetError(
        `its graphs are nested more than ${DEEPEST_GRAPH} deep`,
        'export the model with fewer nested conditions',
      )
    messages(reader, end, (field, end) => {
      entries++
      if (field === GRAPH.node)
        messages(reader, end, (field, end) => {
          if (field === NODE.attribute)
            messages(reader, end, (field, end) => {
              if (field === ATTRIBUTE.graph) graph(end, depth + 1)
            })
        })
    })
  }
  messages(reader, reader.len, (field, end) => {
    if (field === MODEL.graph) graph(end, 0)
  })
  if (entries > MOST_ENTRIES)
    throw new OctetError(
      `its graph has ${entries} entries (nodes, weights and descriptions of tensors), at most ${MOST_ENTRIES} are read`,
      'simplify the model, as onnxsim does, or export a smaller part of it',
    )
}

/** Visits the fields up to `end` that may hold a message, and leaves the reader at `end`. */
function messages(reader: BinaryReader, end: number, visit: (field: number, end: number) => void): void {
  while (reader.pos < end) {
    const [field, type] = reader.tag()
    if (type !== WireType.LengthDelimited) {
      reader.skip(type, field)
      continue
    }
    const stop = reader.uint32() + reader.pos
    visit(field, stop)
    if (stop > end) throw new RangeError('a message is longer than the message around it')
    reader.pos = stop
  }
}
