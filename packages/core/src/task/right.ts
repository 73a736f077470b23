import { pairedDropInterval, type MeasuredLoss } from '../statistics/proportion.ts'
import type { Labels, Tally } from './task.ts'

/** The share of answers that are as their labels say; a mark is 1 for a right answer and 0 for a wrong one. */
export function tallyOfRight(answers: Int32Array, labels: Labels): Tally {
  const samples = labels.length
  const marks = Float64Array.from(answers, (one, i) => Number(one === labels[i]))
  return { samples, marks, value: marks.reduce((total, mark) => total + mark, 0) / samples }
}

/** The drop of that share against FP32, with the interval of paired proportions. */
export function lossOfRight({ marks, samples }: Tally, fp32: Tally): MeasuredLoss {
  const lost = marks.reduce((count, mark, i) => count + Number(mark < fp32.marks[i]), 0)
  const gained = marks.reduce((count, mark, i) => count + Number(mark > fp32.marks[i]), 0)
  return { loss: (lost - gained) / samples, ci95: pairedDropInterval(lost, gained, samples), samples }
}

/** What always giving the most frequent label is right on. */
export function largestShare(labels: Labels): number {
  const counts = new Map<number, number>()
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1)
  return Math.max(0, ...counts.values()) / labels.length
}
