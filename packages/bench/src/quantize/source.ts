import { isLabelled, OctetError, type TaskId } from '@octet/core'
import { type CalibratedModel, type Samples, sizeOf, type Workload } from '@octet/workloads'
import { openSource as openAny, type SourceFiles } from '../source/open.ts'

/** A model to quantize, with readings to calibrate it. */
export interface QuantizeSource extends CalibratedModel {
  readonly task: TaskId
  readonly decision?: Workload['decision']
  /** Samples that judge the model. Absent if there are only calibration samples. */
  readonly evaluation?: Samples
  /** Folder of its models from QAT. */
  readonly trained?: string
}

/**
 * Opens a source that has readings to calibrate it. If there are only evaluation samples, some of them are set aside
 * for calibration.
 * @throws OctetError if something is missing or does not fit.
 */
export async function openSource(source: string, files: SourceFiles): Promise<QuantizeSource> {
  const opened = await openAny(source, files)
  if ('evaluation' in opened) return ofWorkload(opened)
  if ('calibration' in opened) return { ...opened, task: 'none' }
  throw new OctetError(
    `${source} needs data to be calibrated with`,
    'give --calib X.npy: some hundred readings as the sensor delivers them',
  )
}

/** A workload, with its evaluation samples as the samples that judge it. */
export function ofWorkload({ evaluation, ...workload }: Workload): QuantizeSource {
  return { ...workload, evaluation }
}

/** The samples that judge a model, and their name for a reader. */
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
