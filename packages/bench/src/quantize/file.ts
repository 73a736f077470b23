import { basename } from 'node:path'
import { encodeOnnx, encodeOnnxApart, type OnnxGraph } from '@octet/onnx'
import { writeWhole } from '@octet/workloads'

/** Bytes of weights that one file holds: a message of Protocol Buffers ends before 2 GB, and the rest needs room. */
const MOST_INSIDE: number = 2 ** 31 - 2 ** 24

/** A model's files: one, or one with its weights in another beside it. */
export interface Written {
  readonly path: string
  readonly bytes: number
  readonly weights?: { readonly path: string; readonly bytes: number }
}

/**
 * Writes a model as a file, or past 2 GB as a file with its weights in `FILE.data` beside it. Readers see the old files
 * or the new ones.
 * @param most bytes of weights inside the one file
 * @throws WriteFault when they cannot be written.
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
