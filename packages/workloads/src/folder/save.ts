import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isLabelled, OctetError, tensor } from '@octet/core'
import { exportOnnx, withMetadata } from '@octet/onnx'
import { writeJson } from '../json.ts'
import { formatNpy } from '../npy/write.ts'
import { makeFolder, writeWhole } from '../whole.ts'
import { isFiled, type Samples } from '../samples.ts'
import type { Workload } from '../workload.ts'
import { ManifestSchema } from './manifest.ts'
import { NORMALIZE_KEY } from './metadata.ts'
import { normalizationOf } from './normalize.ts'

const MANIFEST = 'manifest.json'

/**
 * Writes a workload as a folder that `openFolder` reads: model, evaluation samples, calibration readings and manifest,
 * but no training samples. The model's metadata has the normalization too. A folder with the same contents is not
 * changed.
 * @throws OctetError for a folder with other contents, and for values that a manifest cannot hold; WriteFault if it
 *   cannot be written.
 */
export function saveFolder(workload: Workload, folder: string): void {
  const { id, graph, task, decision, evaluation, calibration, normalizer, classes, source, licence } =
    workload
  if (evaluation.more !== undefined)
    throw new OctetError(`${id} has several inputs, and none is written to a folder`, 'leave --save out')
  const normalize = normalizationOf(normalizer)
  const whole = isFiled(calibration) ? calibration.part(0, calibration.size) : calibration
  const manifest = {
    name: id,
    task: workload.description,
    task_kind: task,
    ...(decision && { threshold: decision.threshold }),
    ...(classes.length > 0 && { classes: [...classes] }),
    source,
    license: licence,
    note: [workload.split, ...workload.notes].join('; '),
    input: {
      stored_dtype: evaluation.x.dtype,
      normalize,
    },
  }
  const files = {
    'model_fp32.onnx': withMetadata(exportOnnx(graph), [[NORMALIZE_KEY, JSON.stringify(normalize)]]),
    'x_eval.npy': formatNpy(evaluation.x),
    ...(isLabelled(task) && { 'y_eval.npy': labelFile(evaluation) }),
    'x_calib.npy': formatNpy(whole.x),
  }
  if (existsSync(join(folder, MANIFEST))) {
    refuseOthers(folder, files)
    return
  }
  makeFolder(folder)
  for (const [name, bytes] of Object.entries(files)) writeWhole(join(folder, name), bytes)
  // The manifest is last: a folder without it is not a workload.
  writeJson(join(folder, MANIFEST), ManifestSchema, manifest, 2)
}

function labelFile({ x, y }: Samples): Uint8Array {
  const width = y.length / x.shape[0]
  const shape = [x.shape[0], ...(width === 1 ? [] : [width])]
  return formatNpy(y instanceof Int32Array ? tensor('int32', shape, y) : tensor('float32', shape, y))
}

function refuseOthers(folder: string, files: Readonly<Record<string, Uint8Array>>): void {
  for (const [name, bytes] of Object.entries(files)) {
    const path = join(folder, name)
    if (!existsSync(path) || !readFileSync(path).equals(bytes))
      throw new OctetError(
        `${folder} has another ${name}`,
        'give a folder that does not hold another workload',
      )
  }
}
