import { join } from 'node:path'
import { tensor } from '@octet/core'
import { exportOnnx, withMetadata } from '@octet/onnx'
import { writeJson } from '../json.ts'
import { formatNpy } from '../npy/write.ts'
import { makeFolder, writeWhole } from '../whole.ts'
import type { Workload } from '../workload.ts'
import { ManifestSchema } from './manifest.ts'
import { NORMALIZE_KEY } from './metadata.ts'
import { normalizationOf } from './normalize.ts'

/**
 * Writes a workload as a folder that `openFolder` reads: model, evaluation samples, calibration readings and manifest, no training samples.
 * The model's metadata has the normalization too.
 * @throws OctetError for what a manifest cannot say; WriteFault when the folder cannot be written.
 */
export function saveFolder(workload: Workload, folder: string): void {
  const { id, graph, evaluation, calibration, normalizer, classes, task, source, licence, notes, split } =
    workload
  const normalize = normalizationOf(normalizer)
  const manifest = {
    name: id,
    task,
    classes,
    source,
    license: licence,
    note: [split, ...notes].join('; '),
    input: {
      stored_dtype: evaluation.x.dtype,
      normalize,
    },
  }
  makeFolder(folder)
  const write = (name: string, content: Uint8Array): void => writeWhole(join(folder, name), content)
  const metadata = [[NORMALIZE_KEY, JSON.stringify(normalize)]] as const
  write('model_fp32.onnx', withMetadata(exportOnnx(graph), metadata))
  write('x_eval.npy', formatNpy(evaluation.x))
  write('y_eval.npy', formatNpy(tensor('int32', [evaluation.y.length], evaluation.y)))
  write('x_calib.npy', formatNpy(calibration.x))
  // Last: without it the folder is none.
  writeJson(join(folder, 'manifest.json'), ManifestSchema, manifest, 2)
}
