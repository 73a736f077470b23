import { OctetError } from '../error.ts'
import { cutOf, type Decision, scoresOf } from './decision.ts'
import { wholeLabels, widthOf } from './labels.ts'
import { SHARE, SHARE_OF_RIGHT, tallyOfRight } from './right.ts'
import type { LabelledTask, Labels } from './task.ts'

/**
 * Yes or no, as 1 or 0. The answer is yes from a threshold on. The score is the accuracy at that threshold, because the
 * threshold ships with the model. The area under the ROC curve and F1 are reported beside it.
 */
export const binary: LabelledTask<'binary', 'accuracy'> = {
  ...SHARE_OF_RIGHT,
  id: 'binary',
  metric: 'accuracy at the threshold',
  beside: { AUC: { name: '', factor: 1, decimals: 4 }, F1: SHARE },
  unfit: (outputs) => (outputs > 2 ? `has ${outputs} outputs, and a decision has one or two` : undefined),
  looksLike: (array, outputs) =>
    outputs === 1 && widthOf(array) === 1 && array.data.every((label: number) => label === 0 || label === 1),
  baselineName: 'always giving the more frequent answer',
  labelName: '1 for yes and 0 for no',
  describe: () => 'a decision between yes and no',
  answer: (outputs, samples, decision) =>
    decisionsOf(scoresOf(outputs, samples, known(decision)), known(decision)),
  readLabels(array) {
    const mend = 'save 1 for yes and 0 for no, y.astype("int32") of shape [N]'
    const labels = wholeLabels(array, 2, mend)
    const wrong = labels.findIndex((label) => label !== 0 && label !== 1)
    if (wrong >= 0) throw new OctetError(`label ${labels[wrong]} at [${wrong}] is neither 0 nor 1`, mend)
    return labels
  },
  tally(outputs, labels, samples, decision) {
    const scores = scoresOf(outputs, samples, known(decision))
    const answers = decisionsOf(scores, known(decision))
    const area = auc(scores, labels)
    return {
      ...tallyOfRight(answers, labels),
      beside: { ...(area !== undefined && { AUC: area }), F1: f1(answers, labels) },
    }
  },
}

function known(decision: Decision | undefined): Decision {
  if (decision === undefined) throw new OctetError('a decision between yes and no needs its threshold')
  return decision
}

/** 1 from the cut on, 0 below it, and -1 if the score is NaN. */
function decisionsOf(scores: Float64Array, decision: Decision): Int32Array {
  const cut = cutOf(decision)
  return Int32Array.from(scores, (score) => (Number.isNaN(score) ? -1 : Number(score >= cut)))
}

/**
 * The area under the ROC curve, by ranks: the chance that a yes scores above a no, with half a chance for equal scores
 * (Hanley and McNeil 1982). Undefined if there is no yes or no no, or if a score is NaN.
 */
export function auc(scores: Float64Array, labels: Labels): number | undefined {
  const positives = countOf(labels, 1)
  const negatives = labels.length - positives
  if (positives === 0 || negatives === 0 || scores.some(Number.isNaN)) return undefined
  const order = Int32Array.from(scores.keys()).sort((a, b) => scores[a] - scores[b])
  let ranks = 0
  for (let from = 0, to = 0; from < order.length; from = to) {
    while (to < order.length && scores[order[to]] === scores[order[from]]) to++
    for (let i = from; i < to; i++) if (labels[order[i]] === 1) ranks += (from + 1 + to) / 2
  }
  return (ranks - (positives * (positives + 1)) / 2) / (positives * negatives)
}

/** The harmonic mean of precision and recall; 0 if neither an answer nor a label is a yes. */
export function f1(answers: Int32Array, labels: Labels): number {
  const right = answers.filter((answer, i) => answer === 1 && labels[i] === 1).length
  const said = countOf(answers, 1) + countOf(labels, 1)
  return said === 0 ? 0 : (2 * right) / said
}

function countOf(values: ArrayLike<number>, wanted: number): number {
  let count = 0
  for (let i = 0; i < values.length; i++) count += Number(values[i] === wanted)
  return count
}
