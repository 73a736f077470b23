import { OctetError } from '@octet/core'
import type { TrainingData, WorkloadSummary } from '../workload.ts'
import { hasDataPackage } from './package-file.ts'
import * as fashionMobilenet from './fashion-mobilenet.ts'
import * as mnistCnn from './mnist-cnn.ts'
import * as weatherMlp from './weather-mlp.ts'

interface Builtin {
  readonly summary: WorkloadSummary
  /** The npm package with its data. */
  readonly DATA: string
  load(cacheDir?: string): Promise<TrainingData>
}

const BUILTINS: readonly Builtin[] = [mnistCnn, fashionMobilenet, weatherMlp]

/** The built-in workloads, in the order a sweep runs them. */
export function listWorkloads(): readonly WorkloadSummary[] {
  return BUILTINS.map(({ summary }) => summary)
}

/** The npm package with the data of each built-in workload whose data are not installed, by the workload's id. */
export function missingData(): ReadonlyMap<string, string> {
  return new Map(
    BUILTINS.filter(({ DATA }) => !hasDataPackage(DATA)).map(({ summary, DATA }) => [summary.id, DATA]),
  )
}

/** Where parsed data is kept; Octet's cache folder unless told. */
export interface DataOptions {
  readonly cacheDir?: string
}

/**
 * The data of a built-in workload, without its model.
 * @throws OctetError for an unknown id, or when a data package is not installed.
 */
export async function openData(id: string, { cacheDir }: DataOptions = {}): Promise<TrainingData> {
  const builtin = BUILTINS.find(({ summary }) => summary.id === id)
  if (builtin === undefined) {
    const known = BUILTINS.map(({ summary }) => summary.id).join(', ')
    throw new OctetError(`no built-in workload "${id}"`, `the built-in workloads are ${known}`)
  }
  return builtin.load(cacheDir)
}
