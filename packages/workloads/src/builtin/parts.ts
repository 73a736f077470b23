import { type Normalizer, type LabelledTaskId, TASKS } from '@octet/core'
import { fitNormalizer } from '../normalizer.ts'
import { select, selectReadings, sizeOf, strataOf, type Readings, type Samples } from '../samples.ts'
import { shuffled, stratify } from '../split.ts'

/** A data set in its publisher's split: samples for training, and samples for evaluation only. */
export interface Pools {
  readonly learning: Samples
  readonly evaluation: Samples
  /** Notes on omitted and uncertain parts. */
  readonly notes: readonly string[]
}

/** The workload, the sizes of the parts that are drawn from the learning pool, and the seed. */
export interface Drawing {
  readonly task: LabelledTaskId
  readonly validation: number
  readonly calibration: number
  readonly seed: number
}

/** The data of a built-in workload. */
export interface Parts {
  readonly normalizer: Normalizer
  readonly normalizedBy: 'training'
  readonly calibration: Readings
  readonly evaluation: Samples
  readonly training: () => Promise<Samples>
  readonly validation: () => Promise<Samples>
  readonly baseline: number
  readonly notes: readonly string[]
  /** The sizes and the seed as a phrase. */
  readonly sizes: string
}

/**
 * Draws validation samples from the learning pool (stratified) and keeps the rest for training (shuffled). Draws the
 * calibration readings from the training samples, on which the normalizer is fitted too. Keeps only the parts that a
 * sweep needs: the learning pool is loaded again when training needs it.
 */
export async function partsOf(load: () => Promise<Pools>, drawing: Drawing): Promise<Parts> {
  const { learning, evaluation, notes } = await load()
  const [validationRows, trainingRows] = stratify(
    strataOf(drawing.task, learning),
    drawing.validation,
    drawing.seed,
  )
  const calibrationRows = shuffled(trainingRows, drawing.seed).subarray(0, drawing.calibration)
  return {
    normalizer: fitNormalizer(selectReadings(learning, trainingRows)),
    normalizedBy: 'training',
    calibration: selectReadings(learning, calibrationRows),
    evaluation,
    training: async () => select((await load()).learning, trainingRows),
    validation: async () => select((await load()).learning, validationRows),
    baseline: TASKS[drawing.task].baseline(evaluation.y, sizeOf(evaluation)),
    notes,
    sizes:
      `${trainingRows.length} training, ${validationRows.length} validation, ${sizeOf(evaluation)} evaluation; ` +
      `${calibrationRows.length} of the training samples calibrate; seed ${drawing.seed}`,
  }
}
