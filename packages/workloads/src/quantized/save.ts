import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { QParams, QuantizedModel } from '@octet/core'
import { exportOnnx } from '@octet/onnx'
import { MODEL, QPARAMS, recordOf, type GridRecord, type QParamsFile } from './file.ts'

/** Writes a quantized model into a folder: model.onnx with the float weights that its integers are rounded from, qparams.json with its grids. */
export async function saveQuantized(
  { model, configuration, activations, weights }: QuantizedModel,
  folder: string,
): Promise<void> {
  const file: QParamsFile = {
    version: 1,
    configuration,
    activations: recordsOf(activations),
    weights: recordsOf(new Map([...weights].map(([name, { qparams }]) => [name, qparams]))),
  }
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, MODEL), exportOnnx(model.graph))
  await writeFile(join(folder, QPARAMS), `${JSON.stringify(file)}\n`)
}

function recordsOf(grids: ReadonlyMap<string, QParams>): Record<string, GridRecord> {
  return Object.fromEntries([...grids].map(([name, grid]) => [name, recordOf(grid)]))
}
