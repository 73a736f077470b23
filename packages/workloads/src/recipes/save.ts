import { join } from 'node:path'
import { exportOnnx } from '@octet/onnx'
import type { TrainOptions } from '@octet/train'
import { modelFolder, TrainedManifestSchema, type TrainedManifest } from '../builtin/model.ts'
import { writeJson } from '../json.ts'
import { makeFolder, writeWhole } from '../whole.ts'
import type { TrainedWorkload } from './train.ts'

/** The number of steps whose losses a manifest keeps, so that a short training can be compared with them. */
const FIRST_STEPS = 60

/** The record of the training in a model's manifest. */
export interface TrainingRecord {
  /** The number of training samples. */
  readonly samples: number
  /** The loss before each of the first updates. */
  readonly firstSteps: readonly number[]
  /** The mean loss and accuracy of the batches of each epoch. */
  readonly epochs: readonly { readonly loss: number; readonly accuracy: number | undefined }[]
}

/**
 * Writes model_fp32.onnx and manifest.json, by default to the folder of committed built-in models.
 * @throws WriteFault if they cannot be written.
 */
export function saveTrained(trained: TrainedWorkload, folder: string = modelFolder(trained.id)): void {
  makeFolder(folder)
  writeWhole(join(folder, 'model_fp32.onnx'), exportOnnx(trained.graph))
  writeJson(join(folder, 'manifest.json'), TrainedManifestSchema, manifestOf(trained), 2)
}

function manifestOf(trained: TrainedWorkload): TrainedManifest {
  const { id, accuracy, samples, options, split, history, trainedOn } = trained
  const training: TrainingRecord = {
    samples: trainedOn,
    firstSteps: history.steps.slice(0, FIRST_STEPS).map(({ loss }) => loss),
    epochs: history.epochs.map(({ loss, accuracy }) => ({ loss, accuracy })),
  }
  return { id, accuracy, samples, seed: options.seed, split, trainedWith: hyperParameters(options), training }
}

/** The options by name in one flat record, without the seed. */
export function hyperParameters(options: TrainOptions): TrainedManifest['trainedWith'] {
  const { epochs, batchSize, labelSmoothing = 0 } = options
  const { kind: optimizer, ...optimizerOptions } = options.optimizer
  const { kind: schedule, ...scheduleOptions } = options.schedule ?? { kind: 'constant' }
  return { epochs, batchSize, labelSmoothing, optimizer, ...optimizerOptions, schedule, ...scheduleOptions }
}
