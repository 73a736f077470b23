import { type Normalizer, type LabelledTaskId, TASKS } from '@octet/core'
import { fitNormalizer } from '../normalizer.ts'
import { select, selectReadings, sizeOf, strataOf, type Readings, type Samples } from '../samples.ts'
import { shuffled, stratify } from '../split.ts'

/** A data set with its owner's division: samples for training, and samples for evaluation alone. */
export interface Pools {
  readonly learning: Samples
  readonly evaluation: Samples
  /** The omitted and the uncertain parts. */
  readonly notes: readonly string[]
}

/** Whose data it is, sizes of the parts drawn from the learning pool, and the seed they are drawn by. */
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
  /** Sizes and seed in words. */
  readonly sizes: string
}

/**
 * Draws validation samples from the learning pool (stratified), leaves the rest for training (shuffled), and draws the
 * calibration readings from the training samples; the normalizer is fitted on the training samples.
 * Keeps only what a sweep needs: the learning pool is loaded again when training asks for it.
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
