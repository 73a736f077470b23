import { OctetError } from '@octet/core'
import type { TrainingData, WorkloadSummary } from '../workload.ts'
import { hasDataPackage } from './package-file.ts'
import * as fashionMobilenet from './fashion-mobilenet.ts'
import * as mnistCnn from './mnist-cnn.ts'
import * as weatherMlp from './weather-mlp.ts'

interface Builtin {
  readonly summary: WorkloadSummary
  /** The npm package with the workload's data. */
  readonly DATA: string
  load(cacheDir?: string): Promise<TrainingData>
}

const BUILTINS: readonly Builtin[] = [mnistCnn, fashionMobilenet, weatherMlp]

/** The built-in workloads, in the order in which a sweep runs them. */
export function listWorkloads(): readonly WorkloadSummary[] {
  return BUILTINS.map(({ summary }) => summary)
}

/** For each built-in workload without installed data, by its id: the npm package with its data. */
export function missingData(): ReadonlyMap<string, string> {
  return new Map(
    BUILTINS.filter(({ DATA }) => !hasDataPackage(DATA)).map(({ summary, DATA }) => [summary.id, DATA]),
  )
}

/** The folder for parsed data. Default: Octet's cache folder. */
export interface DataOptions {
  readonly cacheDir?: string
}

/**
 * The data of a built-in workload, without its model.
 * @throws OctetError for an unknown id, or if a data package is not installed.
 */
export async function openData(id: string, { cacheDir }: DataOptions = {}): Promise<TrainingData> {
  const builtin = BUILTINS.find(({ summary }) => summary.id === id)
  if (builtin === undefined) {
    const known = BUILTINS.map(({ summary }) => summary.id).join(', ')
    throw new OctetError(`no built-in workload "${id}"`, `the built-in workloads are ${known}`)
  }
  return builtin.load(cacheDir)
}
