import type { Interval } from '../statistics/median.ts'
import type { MeasuredLoss } from '../statistics/proportion.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { Unit } from './unit.ts'

/** Labels of samples one after another, each of as many numbers as the task gives a sample. */
export type Labels = Int32Array | Float32Array

/** What a model is for: by what its answers are judged. This much says a task without labels too. */
export interface Task<Id extends string = string> {
  readonly id: Id
  /** The metric in full, e.g. `top-1 accuracy`. */
  readonly metric: string
  /** The metric in a word or two, for columns and sentences. */
  readonly noun: string
  /** Whether a model with more of the metric is the better one. */
  readonly higherIsBetter: boolean
  /** The unit in which values, losses and goals are stored. */
  readonly unit: string
  /** How a value of the metric is written. */
  readonly value: Unit
  /** The default goal, as stored: the most that may be lost against FP32; without labels, the least value. */
  readonly goal: number
  /** The least number of outputs a sample from which the model can be judged so. */
  readonly leastOutputs: number
  /** The task in words, where nobody described it. */
  readonly describe: (outputs: number) => string
  /**
   * The answer that the outputs of each sample come to, where the answers are of some few kinds: two models agree on
   * a sample if they answer the same. Undefined for outputs that are quantities.
   * @param outputs [samples, ...], row by row
   */
  readonly answer: (outputs: Float32Array, samples: number) => Int32Array | undefined
}

/** A task whose truth is in labels. */
export interface LabelledTask<Id extends string = string, Noun extends string = string> extends Task<Id> {
  readonly noun: Noun
  /** The noun of several models' metrics. */
  readonly nouns: string
  /** How a loss against FP32 is written; a loss is positive, whichever direction of the metric is better. */
  readonly loss: Unit & { readonly noun: string }
  /** What a label is, as in `the class of each sample`. */
  readonly labelName: string
  /** So many outputs, as in `10 classes`. */
  readonly outputsInWords: (count: number) => string
  /** What has the baseline's score, as in `always answering the largest class`. */
  readonly baselineName: string
  /**
   * Labels as a file holds them, checked.
   * @param outputs of the model for one sample
   * @throws OctetError that says how labels look, for others.
   */
  readonly readLabels: (array: Tensor, outputs: number) => Labels
  /** The group of each sample, for splits that keep every group in proportion. */
  readonly strata: (labels: Labels) => Int32Array
  /** What always giving the best constant answer scores. */
  readonly baseline: (labels: Labels) => number
  /** Judges the outputs [samples, ...] of a model by the labels of the same samples. */
  readonly tally: (outputs: Float32Array, labels: Labels) => Tally
  /** What a model loses against FP32 on the same samples, with the paired 95% interval. */
  readonly lossOf: (tally: Tally, fp32: Tally) => MeasuredLoss
  /** 95% interval of a value by itself, where the value and the number of samples give one. */
  readonly interval?: (value: number, samples: number) => Interval
  /** About how many samples would show a loss to be within a goal; undefined where no number would. */
  readonly samplesToShow: (loss: MeasuredLoss, goal: number) => number | undefined
}

/** A model's answers, judged. */
export interface Tally {
  readonly samples: number
  readonly value: number
  /** What each sample adds to the value: equally many numbers a sample. */
  readonly marks: Float64Array
}

/** How much better a second value of a task's metric is than a first; negative where it is worse. */
export function gain({ higherIsBetter }: Pick<Task, 'higherIsBetter'>, from: number, to: number): number {
  return higherIsBetter ? to - from : from - to
}
