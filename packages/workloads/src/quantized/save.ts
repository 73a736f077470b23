import { join } from 'node:path'
import type { QParams, QuantizedModel } from '@octet/core'
import { exportOnnx } from '@octet/onnx'
import { checked, WRITTEN_MEND, writeJson } from '../json.ts'
import { makeFolder, writeWhole } from '../whole.ts'
import { MODEL, QPARAMS, QParamsFileSchema, recordOf, type GridRecord, type QParamsFile } from './file.ts'
import { quantizedOf } from './open.ts'

/**
 * Writes a quantized model into a folder: model.onnx with the float weights that its integers are rounded from,
 * qparams.json with its grids.
 * @throws OctetError for a model that would not open again; WriteFault when the folder cannot be written.
 */
export function saveQuantized(
  { model, configuration, activations, weights }: QuantizedModel,
  folder: string,
): void {
  const file: QParamsFile = {
    version: 1,
    configuration,
    activations: recordsOf(activations),
    weights: recordsOf(new Map([...weights].map(([name, { qparams }]) => [name, qparams]))),
  }
  const bytes = exportOnnx(model.graph)
  quantizedOf(folder, bytes, checked(QParamsFileSchema, file, join(folder, QPARAMS), WRITTEN_MEND))
  makeFolder(folder)
  writeWhole(join(folder, MODEL), bytes)
  writeJson(join(folder, QPARAMS), QParamsFileSchema, file)
}

function recordsOf(grids: ReadonlyMap<string, QParams>): Record<string, GridRecord> {
  return Object.fromEntries([...grids].map(([name, grid]) => [name, recordOf(grid)]))
}
