import { OctetError } from '../error.ts'
import { pairedDropInterval, samplesForDrop, wilson } from '../statistics/proportion.ts'
import type { LabelledTask } from './task.ts'

/** One of several classes a sample: the class of the largest output is the answer. */
export const classification: LabelledTask<'classification', 'accuracy'> = {
  id: 'classification',
  metric: 'top-1 accuracy',
  noun: 'accuracy',
  nouns: 'accuracies',
  higherIsBetter: true,
  unit: 'fraction',
  value: { name: '%', factor: 100, decimals: 2 },
  loss: { noun: 'drop', name: 'points', factor: 100, decimals: 2 },
  goal: 0.01,
  leastOutputs: 2,
  baselineName: 'always answering the largest class',
  labelName: 'the class of each sample',
  outputsInWords: (count) => `${count} classes`,
  describe: (outputs) => `classification, ${outputs} classes`,
  answer: classesOf,
  readLabels({ dtype, shape, data }, outputs) {
    if (dtype === 'float32' || shape.length !== 1)
      throw new OctetError(
        `labels are a list of integers, this is ${dtype} [${shape.join(', ')}]`,
        `save y.${(shape[1] ?? 1) > 1 ? 'argmax(-1)' : 'reshape(-1)'}.astype("int32"), the class of each sample`,
      )
    const wrong = data.findIndex((label) => label < 0 || label >= outputs)
    if (wrong >= 0)
      throw new OctetError(
        `label ${data[wrong]} at [${wrong}] is not one of the model's classes 0 to ${outputs - 1}`,
        'number the classes from 0, in the order of the output',
      )
    return Int32Array.from(data)
  },
  strata: (labels) => Int32Array.from(labels),
  baseline(labels) {
    const counts = new Map<number, number>()
    for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1)
    return Math.max(0, ...counts.values()) / labels.length
  },
  tally(outputs, labels) {
    const samples = labels.length
    const marks = Float64Array.from(classesOf(outputs, samples), (one, i) => Number(one === labels[i]))
    return { samples, marks, value: sum(marks) / samples }
  },
  lossOf({ marks, samples }, fp32) {
    const lost = marks.reduce((count, mark, i) => count + Number(mark < fp32.marks[i]), 0)
    const gained = marks.reduce((count, mark, i) => count + Number(mark > fp32.marks[i]), 0)
    return { loss: (lost - gained) / samples, ci95: pairedDropInterval(lost, gained, samples), samples }
  },
  interval: (value, samples) => wilson(Math.round(value * samples), samples),
  samplesToShow: samplesForDrop,
}

/** The class of each sample: the index of the largest output, the first of equal ones; -1 where an output is NaN. */
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

function sum(marks: Float64Array): number {
  return marks.reduce((total, mark) => total + mark, 0)
}
