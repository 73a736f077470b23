import { existsSync } from 'node:fs'
import { isLabelled, OctetError, type TaskId } from '@octet/core'
import {
  type CalibratedModel,
  openCalibrated,
  openModel,
  openWorkload,
  type Samples,
  sizeOf,
  type ModelFiles,
  type Workload,
} from '@octet/workloads'

/** A model to quantize, with readings to calibrate it. */
export interface QuantizeSource extends CalibratedModel {
  readonly task: TaskId
  readonly decision?: Workload['decision']
  /** Samples to judge it on; left out where there are none but those that calibrate. */
  readonly evaluation?: Samples
  /** Folder of its models that QAT trained. */
  readonly trained?: string
}

/** The files that a command line names beside a MODEL.onnx. */
export type SourceFiles = Partial<
  Pick<ModelFiles, 'calibration' | 'evaluation' | 'labels' | 'manifest' | 'stated'>
>

/**
 * Opens a MODEL.onnx with its files, a built-in workload, or a workload folder.
 * @throws OctetError for what is missing or does not fit.
 */
export async function openSource(source: string, files: SourceFiles): Promise<QuantizeSource> {
  if (!source.endsWith('.onnx')) {
    const extra = Object.values(files).some((value) => value !== undefined)
    if (extra)
      throw new OctetError(
        '--calib, --eval, --labels, --normalize and --manifest go with a MODEL.onnx',
        `leave them out: ${source} brings its own data`,
      )
    return ofWorkload(await openWorkload(source))
  }
  if (!existsSync(source)) throw new OctetError(`${source} is missing`, 'check the path')
  const { calibration, evaluation, labels, ...beside } = files
  if (calibration === undefined)
    throw new OctetError(
      `${source} needs data to be calibrated with`,
      'give --calib X.npy: some hundred readings as the sensor delivers them',
    )
  if (evaluation === undefined)
    return { ...(await openCalibrated({ model: source, calibration, ...beside })), task: 'none' }
  const given = { model: source, calibration, evaluation, ...(labels !== undefined && { labels }), ...beside }
  return ofWorkload(await openModel(given))
}

/** A workload with its samples to judge by. */
export function ofWorkload({ evaluation, ...workload }: Workload): QuantizeSource {
  return { ...workload, evaluation }
}

/** What a model is judged on, and how a reader must call it. */
export function judgedOn({ evaluation, calibration, task }: QuantizeSource): {
  readonly readings: Samples | QuantizeSource['calibration']
  readonly name: 'evaluation' | 'calibration'
} {
  const isThere = evaluation !== undefined && sizeOf(evaluation) > 0
  if (isLabelled(task) && !isThere) throw new OctetError(`a task of labels has no evaluation samples`)
  return isThere
    ? { readings: evaluation, name: 'evaluation' }
    : { readings: calibration, name: 'calibration' }
}
