import { basename } from 'node:path'
import { encodeOnnx, encodeOnnxApart, type OnnxGraph } from '@octet/onnx'
import { writeWhole } from '@octet/workloads'

/**
 * The most bytes of weights in one file. A Protocol Buffers message is limited to 2 GB, and the rest of the file needs
 * room.
 */
const MOST_INSIDE: number = 2 ** 31 - 2 ** 24

/** A model's files: one file, or a file with its weights in a second file beside it. */
export interface Written {
  readonly path: string
  readonly bytes: number
  readonly weights?: { readonly path: string; readonly bytes: number }
}

/**
 * Writes a model as one file. Above 2 GB the weights go to `FILE.data` beside it. Readers see the old files or the new
 * files.
 * @param most bytes of weights inside the one file
 * @throws WriteFault if the files cannot be written.
 */
export function writeModel(path: string, graph: OnnxGraph, most: number = MOST_INSIDE): Written {
  const weights = graph.initializers.reduce((sum, { data }) => sum + data.byteLength, 0)
  const beside = `${path}.data`
  if (weights <= most) {
    const bytes = encodeOnnx(graph)
    writeWhole(path, bytes)
    return { path, bytes: bytes.length }
  }
  const { model, data } = encodeOnnxApart(graph, basename(beside))
  writeWhole(beside, data)
  writeWhole(path, model)
  const bytes = data.reduce((sum, part) => sum + part.length, 0)
  return { path, bytes: model.length, weights: { path: beside, bytes } }
}
