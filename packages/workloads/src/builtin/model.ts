import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { importOnnx } from '@octet/onnx'
import { OctetError } from '@octet/core'
import * as v from 'valibot'
import { inFile, readBytes } from '../file.ts'
import { readJson } from '../json.ts'
import { sizeOf } from '../samples.ts'
import type { TrainingData, Workload } from '../workload.ts'

const Count = v.pipe(v.number(), v.integer(), v.minValue(1))

/** The manifest.json beside a committed model: the result and the settings of its training. */
export const TrainedManifestSchema = v.looseObject({
  id: v.string(),
  /** The FP32 top-1 accuracy (0..1) over all evaluation samples. */
  accuracy: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  samples: Count,
  seed: v.pipe(v.number(), v.integer()),
  /** Hyper-parameters by name. */
  trainedWith: v.record(v.string(), v.union([v.string(), v.number(), v.boolean()])),
  /** `TrainingData.split` at the time of training. With another split, the accuracy has no meaning. */
  split: v.string(),
})
export type TrainedManifest = v.InferOutput<typeof TrainedManifestSchema>

/** The folder in which a built-in workload's model_fp32.onnx and manifest.json are committed. */
export function modelFolder(id: string): string {
  return fileURLToPath(new URL(`../../models/${id}/`, import.meta.url))
}

/**
 * Joins a built-in workload's committed model and its data.
 * @throws OctetError if the model is missing, or was trained on another split.
 */
export async function withModel(data: TrainingData): Promise<Workload> {
  const folder = modelFolder(data.id)
  const path = join(folder, 'model_fp32.onnx')
  const bytes = await readBytes(path).catch((error: unknown) => {
    throw error instanceof OctetError
      ? new OctetError(error.message, `train it: octet train ${data.id}`)
      : error
  })
  const manifest = await readJson(
    join(folder, 'manifest.json'),
    TrainedManifestSchema,
    `train it again: octet train ${data.id}`,
  )
  if (
    manifest.id !== data.id ||
    manifest.split !== data.split ||
    manifest.samples !== sizeOf(data.evaluation)
  )
    throw new OctetError(
      `${folder}: the model was trained on another split of the data`,
      `train it again: octet train ${data.id}`,
    )
  const graph = inFile(path, () => importOnnx(bytes), `train it again: octet train ${data.id}`)
  return { ...data, graph, file: path, recorded: { value: manifest.accuracy, samples: manifest.samples } }
}
