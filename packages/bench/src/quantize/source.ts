import { isLabelled, OctetError, type TaskId } from '@octet/core'
import { type CalibratedModel, type Samples, sizeOf, type Workload } from '@octet/workloads'
import { openSource as openAny, type SourceFiles } from '../source/open.ts'

/** A model to quantize, with readings to calibrate it. */
export interface QuantizeSource extends CalibratedModel {
  readonly task: TaskId
  readonly decision?: Workload['decision']
  /** Samples on which it is judged; absent where only calibration samples exist. */
  readonly evaluation?: Samples
  /** Folder of its models that QAT trained. */
  readonly trained?: string
}

/**
 * Opens a source that has readings to calibrate it. Of samples to judge it on alone, some are set aside for that.
 * @throws OctetError for what is missing or does not fit.
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

/** A workload with its samples to judge by. */
export function ofWorkload({ evaluation, ...workload }: Workload): QuantizeSource {
  return { ...workload, evaluation }
}

/** The samples on which a model is judged, and their name for a reader. */
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
