import { CONTRADICTION, refuse, type Source } from '../import/source.ts'
import type { Reading } from './op.ts'

/**
 * Reads Identity, or an op that acts like Identity: the output is the first input.
 * @param ignored attributes that have no effect
 */
export function passOn(source: Source, ...ignored: readonly string[]): Reading {
  source.attributes.ignore(...ignored)
  const [same] = source.inputs
  if (!same) refuse(source, 'it has no input', CONTRADICTION)
  return { same }
}

/** At inference a Dropout passes on its input, whatever its ratio in training. */
export function dropout(source: Source): Reading {
  const training = source.inputs[2]
  if (training) {
    const mode = source.constant(training)
    if (mode?.kind !== 'integer' || mode.values.length !== 1 || mode.values[0] !== 0)
      refuse(source, 'its training_mode must be absent or false', 'export the model for inference')
  }
  return passOn(source, 'ratio', 'seed')
}
