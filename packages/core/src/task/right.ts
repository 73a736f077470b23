import { pairedDropInterval, samplesForDrop, wilson, type MeasuredLoss } from '../statistics/proportion.ts'
import type { LabelledTask, Labels, Tally } from './task.ts'
import type { Unit } from './unit.ts'

export const SHARE: Unit = { name: '%', factor: 100, decimals: 2 }
const POINTS: Unit = { name: 'points', factor: 100, decimals: 2 }

/** The parts in which these tasks differ. */
type Own =
  | 'id'
  | 'metric'
  | 'beside'
  | 'unfit'
  | 'looksLike'
  | 'baselineName'
  | 'labelName'
  | 'describe'
  | 'answer'
  | 'readLabels'
  | 'tally'

/** The common parts of tasks whose score is the share of right answers. */
export const SHARE_OF_RIGHT: Omit<LabelledTask<string, 'accuracy'>, Own> = {
  truth: 'labels',
  noun: 'accuracy',
  nouns: 'accuracies',
  higherIsBetter: true,
  unit: 'fraction',
  value: SHARE,
  loss: { ...POINTS, noun: 'drop' },
  goal: 0.01,
  goalUnit: POINTS,
  strata: (labels) => Int32Array.from(labels),
  baseline: largestShare,
  lossOf: lossOfRight,
  interval: (value, samples) => wilson(Math.round(value * samples), samples),
  samplesToShow: samplesForDrop,
}

/** The share of answers that equal their labels. A mark is 1 for a right answer and 0 for a wrong answer. */
export function tallyOfRight(answers: Int32Array, labels: Labels): Tally {
  const samples = labels.length
  const marks = Float64Array.from(answers, (one, i) => Number(one === labels[i]))
  return { samples, marks, value: marks.reduce((total, mark) => total + mark, 0) / samples }
}

/** The drop of that share against FP32, with the interval of paired proportions. */
function lossOfRight({ marks, samples }: Tally, fp32: Tally): MeasuredLoss {
  const lost = marks.reduce((count, mark, i) => count + Number(mark < fp32.marks[i]), 0)
  const gained = marks.reduce((count, mark, i) => count + Number(mark > fp32.marks[i]), 0)
  return { loss: (lost - gained) / samples, ci95: pairedDropInterval(lost, gained, samples), samples }
}

/** The accuracy of always answering the most frequent label. */
function largestShare(labels: Labels): number {
  const counts = new Map<number, number>()
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1)
  return Math.max(0, ...counts.values()) / labels.length
}
