import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isFiled, partsOf } from '@octet/workloads'
import { digestOf } from '../store/digest.ts'
import type { SweepOptions } from './options.ts'
import type { Subject } from './subject.ts'

/** Digests of the sources of a sweep's numbers, by workload. */
export interface Inputs {
  readonly models: Readonly<Record<string, string>>
  readonly data: Readonly<Record<string, string>>
}

/**
 * Digests of every workload's model and samples. Training samples and trained models only count if the sweep trains.
 */
export async function inputsOf(
  subjects: readonly { readonly info: Pick<Subject['info'], 'id'>; readonly workload: Subject['workload'] }[],
  { methods }: Pick<SweepOptions, 'methods'>,
): Promise<Inputs> {
  const trains = methods.includes('qat')
  const digests: { id: string; model: string; data: string }[] = []
  for (const { info, workload } of subjects) {
    const { graph, normalizer, classes, calibration, evaluation, trained, delivered } = workload
    // For data in a file, only one part at a time is in memory.
    const read = isFiled(calibration) ? Array.from(partsOf(calibration), digestOf) : calibration
    const learning = trains ? [await workload.training?.(), await workload.validation?.()] : []
    digests.push({
      id: info.id,
      model: digestOf({
        graph,
        trained: trains && trained !== undefined ? digestOfFolder(trained) : [],
        ...(delivered && { delivered: delivered.model }),
      }),
      data: digestOf({ normalizer, classes, calibration: read, evaluation, learning }),
    })
  }
  return {
    models: Object.fromEntries(digests.map(({ id, model }) => [id, model])),
    data: Object.fromEntries(digests.map(({ id, data }) => [id, data])),
  }
}

/** Digest of the options that affect numbers. Workloads have their own digests, and shards are parts of one sweep. */
export function optionsDigest(options: SweepOptions): string {
  return digestOf({ ...options, workloads: undefined, save: undefined, shard: undefined })
}

function digestOfFolder(folder: string): unknown {
  return readdirSync(folder)
    .toSorted()
    .map((name) => {
      const path = join(folder, name)
      return [name, statSync(path).isDirectory() ? digestOfFolder(path) : digestOf(readFileSync(path))]
    })
}
