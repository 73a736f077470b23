import { OctetError } from '../error.ts'
import { bootstrapInterval, samplesForLoss } from '../statistics/bootstrap.ts'
import { widthOf } from './labels.ts'
import type { LabelledTask, Labels } from './task.ts'

/** A number in the labels' own unit. */
const OWN = { name: '', factor: 1, decimals: 4, significant: true } as const

/**
 * Quantities. The score is the root mean square error over all outputs, in the labels' unit. The mean absolute error
 * and R2 are reported beside it. Goals are shares of the labels' standard deviation, which is the error of always
 * answering the mean: useful models lie between that error and 0, as they lie between the largest class and 100% in
 * classification. A share of FP32's error would be an impossible goal if FP32 had almost no error.
 */
export const regression: LabelledTask<'regression', 'RMSE'> = {
  id: 'regression',
  truth: 'labels',
  metric: 'root mean square error',
  noun: 'RMSE',
  nouns: 'errors',
  higherIsBetter: false,
  unit: 'of the labels',
  value: OWN,
  loss: { ...OWN, noun: 'rise', decimals: 3 },
  goal: 0.01,
  goalUnit: { name: "% of the labels' deviation", factor: 100, decimals: 2 },
  beside: { MAE: OWN, R2: { name: '', factor: 1, decimals: 4 } },
  unfit: () => undefined,
  looksLike: (array, outputs) => array.shape.length > 0 && widthOf(array) === outputs,
  baselineName: 'always answering the mean',
  labelName: 'the right value of each output',
  describe: (outputs) => `regression, ${outputs === 1 ? 'one output' : `${outputs} outputs`}`,
  answer: () => undefined,
  readLabels(array, outputs) {
    const { dtype, shape, data } = array
    if (shape.length === 0 || widthOf(array) !== outputs)
      throw new OctetError(
        `labels are ${outputs === 1 ? 'one number' : `${outputs} numbers`} a sample, this is ${dtype} ` +
          `[${shape.join(', ')}]`,
        `save the right values, an array of shape [N${outputs === 1 ? '' : `, ${outputs}`}]`,
      )
    const labels = Float32Array.from(data)
    if (isConstant(labels, outputs))
      throw new OctetError(
        `every label is ${labels[0]}: there is nothing to predict`,
        'give samples whose values differ',
      )
    return labels
  },
  strata: (_, samples) => new Int32Array(samples),
  baseline: deviationOf,
  tally(outputs, labels, samples) {
    const width = labels.length / samples
    const marks = new Float64Array(samples)
    let absolute = 0
    for (let i = 0; i < labels.length; i++) {
      const error = outputs[i] - labels[i]
      marks[Math.floor(i / width)] += error ** 2 / width
      absolute += Math.abs(error)
    }
    const squared = mean(marks)
    const scale = deviationOf(labels, samples)
    return {
      samples,
      marks,
      value: Math.sqrt(squared),
      scale,
      beside: { MAE: absolute / labels.length, ...(scale > 0 && { R2: 1 - squared / scale ** 2 }) },
    }
  },
  lossOf: ({ marks, value, samples }, fp32) => ({
    loss: value - fp32.value,
    ci95: bootstrapInterval(samples, (rows) => rootAt(marks, rows) - rootAt(fp32.marks, rows)),
    samples,
  }),
  samplesToShow: samplesForLoss,
}

function isConstant(labels: Labels, width: number): boolean {
  return labels.every((label, i) => label === labels[i % width])
}

/** The error of always answering each output's mean. */
function deviationOf(labels: Labels, samples: number): number {
  const width = labels.length / samples
  if (isConstant(labels, width)) return 0
  const means = new Float64Array(width)
  for (let i = 0; i < labels.length; i++) means[i % width] += labels[i] / samples
  let squares = 0
  for (let i = 0; i < labels.length; i++) squares += (labels[i] - means[i % width]) ** 2
  return Math.sqrt(squares / labels.length)
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function rootAt(marks: Float64Array, rows: Int32Array): number {
  let sum = 0
  for (const row of rows) sum += marks[row]
  return Math.sqrt(sum / rows.length)
}
