import { OctetError } from '../error.ts'
import { fromOneHot, wholeLabels, widthOf } from './labels.ts'
import { SHARE_OF_RIGHT, tallyOfRight } from './right.ts'
import type { LabelledTask } from './task.ts'

/** One of several classes per sample. The class of the largest output is the answer. */
export const classification: LabelledTask<'classification', 'accuracy'> = {
  ...SHARE_OF_RIGHT,
  id: 'classification',
  metric: 'top-1 accuracy',
  beside: {},
  unfit: (outputs) => (outputs < 2 ? 'has one output and so no classes' : undefined),
  looksLike: (array, outputs) => outputs > 1 && (widthOf(array) === 1 || fromOneHot(array) !== undefined),
  baselineName: 'always answering the largest class',
  labelName: 'the class of each sample',
  describe: (outputs) => `classification, ${outputs} classes`,
  answer: classesOf,
  readLabels(array, outputs) {
    const save = `save y${widthOf(array) > 1 ? '.argmax(-1)' : ''}.astype("int32"), the class of each sample`
    const labels = wholeLabels(array, outputs, save)
    const wrong = labels.findIndex((label) => label < 0 || label >= outputs)
    if (wrong >= 0)
      throw new OctetError(
        `label ${labels[wrong]} at [${wrong}] is not one of the model's classes 0 to ${outputs - 1}`,
        'number the classes from 0, in the order of the output',
      )
    return labels
  },
  tally: (outputs, labels, samples) => tallyOfRight(classesOf(outputs, samples), labels),
}

/**
 * The class of each sample: the index of the largest output, or of the first of equal outputs; -1 if an output is NaN.
 */
export function classesOf(outputs: Float32Array, samples: number): Int32Array {
  const width = outputs.length / samples
  return Int32Array.from({ length: samples }, (_, sample) =>
    largest(outputs.subarray(sample * width, (sample + 1) * width)),
  )
}

function largest(values: Float32Array): number {
  let best = 0
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) return -1
    if (values[i] > values[best]) best = i
  }
  return best
}
