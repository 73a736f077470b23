import { existsSync } from 'node:fs'
import { OctetError } from '@octet/core'
import {
  type BareModel,
  type CalibratedModel,
  type ModelFiles,
  openBare,
  openCalibrated,
  openModel,
  openWorkload,
  type Workload,
} from '@octet/workloads'

/** The files and settings that a command line gives with a MODEL.onnx. */
export type SourceFiles = Partial<Omit<ModelFiles, 'model' | 'training'>>

/** A model with all available data. */
export type Source = Workload | CalibratedModel | BareModel

/** The flag of each file and of each setting. */
const FLAGS = {
  evaluation: '--eval',
  labels: '--labels',
  calibration: '--calib',
  manifest: '--manifest',
  name: '--name',
  normalize: '--normalize',
  classes: '--classes',
  task: '--task',
  threshold: '--threshold',
  dims: '--dim',
  set: '--set',
  output: '--output',
  states: '--state',
} as const satisfies Readonly<
  Record<Exclude<keyof SourceFiles, 'stated'> | keyof NonNullable<SourceFiles['stated']>, string>
>

/** Whether a source is an ONNX file, which contains no data. */
export function isModel(source: string): boolean {
  return source.endsWith('.onnx')
}

/**
 * Opens a built-in workload by its id, a workload folder, or a MODEL.onnx with the given files.
 * @throws OctetError if something is missing or does not fit.
 */
export async function openSource(source: string, files: SourceFiles): Promise<Source> {
  if (!isModel(source)) {
    refuseFiles(source, files)
    return openWorkload(source)
  }
  if (!existsSync(source)) throw new OctetError(`${source} is missing`, 'check the path')
  const { calibration, evaluation, labels, ...beside } = files
  if (evaluation !== undefined) return openModel({ model: source, ...files, evaluation })
  if (labels !== undefined)
    throw new OctetError('--labels goes with --eval', 'give --eval X.npy: the samples that have these labels')
  return calibration === undefined
    ? openBare({ model: source, ...beside })
    : openCalibrated({ model: source, calibration, ...beside })
}

/**
 * Opens a source that has evaluation samples.
 * @throws OctetError like `openSource`, and for a MODEL.onnx without such samples.
 */
export async function openEvaluated(source: string, files: SourceFiles): Promise<Workload> {
  if (!isModel(source)) {
    refuseFiles(source, files)
    return openWorkload(source)
  }
  return openModel({ model: source, ...evaluated(source, files) })
}

/** The files of a MODEL.onnx. @throws OctetError if they contain no evaluation samples. */
export function evaluated(model: string, files: SourceFiles): SourceFiles & Pick<ModelFiles, 'evaluation'> {
  const { evaluation } = files
  if (evaluation === undefined)
    throw new OctetError(
      `${model} needs data to be judged on`,
      'give --eval X.npy, and --labels Y.npy where there are labels',
    )
  return { ...files, evaluation }
}

/** @throws OctetError if files are given for a workload, which has its own. */
export function refuseFiles(workload: string, files: SourceFiles): void {
  const [flag] = flagsOf(files)
  if (flag !== undefined)
    throw new OctetError(
      `${flag} goes with a MODEL.onnx`,
      `leave it out: ${workload} brings its own data and manifest.json`,
    )
}

/** The flags of the given files. */
export function flagsOf({ stated, ...files }: SourceFiles): readonly string[] {
  const given: object = { ...files, ...stated }
  return Object.entries(FLAGS)
    .filter(([what]) => what in given)
    .map(([, flag]) => flag)
}
