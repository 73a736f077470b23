import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tensor } from '@octet/core'
import { exportOnnx } from '@octet/onnx'
import { formatNpy } from '../npy/write.ts'
import type { Workload } from '../workload.ts'

/** Writes a workload as a folder that `openFolder` reads: model, evaluation samples, calibration readings and manifest, no training samples. */
export async function saveFolder(workload: Workload, folder: string): Promise<void> {
  const { id, graph, evaluation, calibration, normalizer, classes, task, source, licence, notes, split } =
    workload
  const side = (values: Float32Array): number | number[] => (values.length === 1 ? values[0] : [...values])
  const manifest = {
    name: id,
    task,
    classes,
    source,
    license: licence,
    note: [split, ...notes].join('; '),
    input: {
      stored_dtype: evaluation.x.dtype,
      normalize: { offset: side(normalizer.offset), scale: side(normalizer.scale) },
    },
  }
  await mkdir(folder, { recursive: true })
  const write = (name: string, content: string | Uint8Array): Promise<void> =>
    writeFile(join(folder, name), content)
  await write('model_fp32.onnx', exportOnnx(graph))
  await write('x_eval.npy', formatNpy(evaluation.x))
  await write('y_eval.npy', formatNpy(tensor('int32', [evaluation.y.length], evaluation.y)))
  await write('x_calib.npy', formatNpy(calibration.x))
  await write('manifest.json', `${JSON.stringify(manifest, undefined, 2)}\n`)
}
