import { OctetError } from '@octet/core'
import { rowsAbsentFrom } from './overlap.ts'
import { select, sizeOf, strataOf, type Samples } from './samples.ts'
import { allRows, shuffled, stratify } from './split.ts'
import type { Workload } from './workload.ts'

/** The most validation samples, and the largest share of the training samples that is set aside for validation. */
const VALIDATION = 1000
const VALIDATION_SHARE = 0.1
const SEED = 1

/**
 * The samples for training a model, and the samples for choosing among trained models. None of them is used for
 * evaluation; validation samples are not used for calibration either.
 */
export interface Learning {
  readonly training: Samples
  readonly validation: Samples
  /** How the samples were divided. */
  readonly split: string
}

/**
 * A workload's training and validation samples. If it has no validation samples, they are drawn from the training
 * samples, stratified. Samples that also occur among the evaluation samples are left out.
 * @throws OctetError if there are no training samples, or too few.
 */
export async function learningSamples(workload: Workload): Promise<Learning> {
  const { id, task, evaluation, calibration } = workload
  if (workload.training === undefined)
    throw new OctetError(
      `${id} has no training samples`,
      'put x_train.npy and y_train.npy into its folder to train on it',
    )
  const training = await workload.training()
  if (workload.validation !== undefined) {
    const all = await workload.validation()
    const validation = select(all, allRows(Math.min(VALIDATION, sizeOf(all))))
    return { training, validation, split: `${sizeOf(training)} train, ${sizeOf(validation)} validate` }
  }
  const kept = select(training, rowsAbsentFrom(evaluation, training))
  const free = select(kept, rowsAbsentFrom(calibration, kept))
  const count = Math.min(VALIDATION, Math.floor(sizeOf(free) * VALIDATION_SHARE))
  if (count === 0)
    throw new OctetError(
      `${id}: ${sizeOf(training)} training samples are too few`,
      'put more into x_train.npy',
    )
  const [validationRows] = stratify(strataOf(task, free), count, SEED)
  const validation = select(free, validationRows)
  const trained = select(kept, shuffled(rowsAbsentFrom(validation, kept), SEED))
  const left = sizeOf(training) - sizeOf(kept)
  return {
    training: trained,
    validation,
    split:
      `${sizeOf(trained)} train, ${count} of the training samples validate instead (seed ${SEED})` +
      (left === 0 ? '' : `; ${left} that are also evaluated are left out`),
  }
}
