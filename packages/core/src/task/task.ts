import type { Interval } from '../statistics/median.ts'
import type { MeasuredLoss } from '../statistics/proportion.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { Decision } from './decision.ts'
import type { Unit } from './unit.ts'

/** Labels of consecutive samples. The task decides the number of values per sample. */
export type Labels = Int32Array | Float32Array

/** The task of a model. It decides how the model's answers are judged. A task without a score has these fields too. */
export interface Task<Id extends string = string> {
  readonly id: Id
  /** The metric in full, such as `top-1 accuracy`. */
  readonly metric: string
  /** The metric in one or two words, for columns and sentences. */
  readonly noun: string
  /** Whether a higher value of the metric is better. */
  readonly higherIsBetter: boolean
  /** The unit in which values and losses are stored. */
  readonly unit: string
  /** The form in which a value of the metric is written. */
  readonly value: Unit
  /**
   * The default goal: the largest loss against FP32, in `scale`s of the tally; or, without a score, the least value.
   */
  readonly goal: number
  /** The default description of the task. */
  readonly describe: (outputs: number) => string
  /**
   * The answers that a model's outputs give, if answers are of a few kinds: two models agree on a sample if their
   * answers are the same. Undefined for outputs that are quantities.
   * @param outputs [samples, ...], row by row
   * @param decision of the workload, if the task is one that decides
   */
  readonly answer: (outputs: Float32Array, samples: number, decision?: Decision) => Int32Array | undefined
}

/** A task with a score: a metric, and a model's loss against FP32 with an interval. */
export interface ScoredTask<Id extends string = string, Noun extends string = string> extends Task<Id> {
  /** The truth of a sample: its label, or the outputs of FP32 for it. */
  readonly truth: 'labels' | 'fp32'
  readonly noun: Noun
  /** A sentence with the reason why a model with that many outputs cannot be judged this way; undefined if it can. */
  readonly unfit: (outputs: number) => string | undefined
  /** The plural of the noun, for several models' metrics. */
  readonly nouns: string
  /**
   * The form in which a loss against FP32 is written. A loss is positive, whichever direction of the metric is better.
   */
  readonly loss: Unit & { readonly noun: string }
  /** The form in which a goal is written: as a loss, or as a share of the tally's `scale`. */
  readonly goalUnit: Unit
  /** The metrics that are reported beside this one, by name, and the forms in which they are written. */
  readonly beside: Readonly<Record<string, Unit>>
  /**
   * Judges the outputs [samples, ...] of a model by the truth of the same samples.
   * @param decision of the workload, for a task that decides
   */
  readonly tally: (outputs: Float32Array, truth: Labels, samples: number, decision?: Decision) => Tally
  /** The loss of a model against FP32 on the same samples, with the paired 95% interval. */
  readonly lossOf: (tally: Tally, fp32: Tally) => MeasuredLoss
  /** The 95% interval of a single value, if the value and the number of samples determine one. */
  readonly interval?: (value: number, samples: number) => Interval
  /** The approximate number of samples that would show a loss to be within a goal; undefined if no number is enough. */
  readonly samplesToShow: (loss: MeasuredLoss, goal: number) => number | undefined
}

/** A task whose truth is in labels. */
export interface LabelledTask<Id extends string = string, Noun extends string = string> extends ScoredTask<
  Id,
  Noun
> {
  readonly truth: 'labels'
  /** Whether a model and its labels fit this task, if the user has not set a task. */
  readonly looksLike: (array: Tensor, outputs: number) => boolean
  /** A description of a label, such as `the class of each sample`. */
  readonly labelName: string
  /** The baseline as a phrase, such as `always answering the largest class`. */
  readonly baselineName: string
  /**
   * Checks and returns labels as a file holds them.
   * @param outputs of the model for one sample
   * @throws OctetError that describes the right labels, for any other labels.
   */
  readonly readLabels: (array: Tensor, outputs: number) => Labels
  /** The group of each sample, for splits that keep the proportions of the groups. */
  readonly strata: (labels: Labels, samples: number) => Int32Array
  /** The score of always giving the best constant answer. */
  readonly baseline: (labels: Labels, samples: number) => number
}

/** The judgement of a model's answers. */
export interface Tally {
  readonly samples: number
  readonly value: number
  /** The contribution of each sample to the value. Each sample has the same number of terms. */
  readonly marks: Float64Array
  /** The base of goals that are shares, in the unit of the value; absent if goals are in that unit. */
  readonly scale?: number
  /** The metrics beside this one that the samples allow. */
  readonly beside?: Readonly<Record<string, number>>
}

/** The improvement from a first to a second value of a task's metric; negative if the second is worse. */
export function gain({ higherIsBetter }: Pick<Task, 'higherIsBetter'>, from: number, to: number): number {
  return higherIsBetter ? to - from : from - to
}
