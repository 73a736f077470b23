import type { Interval } from '../statistics/median.ts'
import type { MeasuredLoss } from '../statistics/proportion.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { Decision } from './decision.ts'
import type { Unit } from './unit.ts'

/** Labels of samples one after another, each of as many numbers as the task gives a sample. */
export type Labels = Int32Array | Float32Array

/** The task of a model, which decides how its answers are judged. A task without a score has these fields too. */
export interface Task<Id extends string = string> {
  readonly id: Id
  /** The metric in full, e.g. `top-1 accuracy`. */
  readonly metric: string
  /** The metric in a word or two, for columns and sentences. */
  readonly noun: string
  /** Whether a model with more of the metric is the better one. */
  readonly higherIsBetter: boolean
  /** The unit in which values and losses are stored. */
  readonly unit: string
  /** How a value of the metric is written. */
  readonly value: Unit
  /**
   * The default goal: the most that may be lost against FP32, in `scale`s of the tally; without a score, the least
   * value.
   */
  readonly goal: number
  /** The default description of the task. */
  readonly describe: (outputs: number) => string
  /**
   * The answer that the outputs of each sample come to, where the answers are of some few kinds: two models agree on
   * a sample if they answer the same. Undefined for outputs that are quantities.
   * @param outputs [samples, ...], row by row
   * @param decision of the workload, where the task is one that decides
   */
  readonly answer: (outputs: Float32Array, samples: number, decision?: Decision) => Int32Array | undefined
}

/** A task with a score: a metric, and a model's loss against FP32 with an interval. */
export interface ScoredTask<Id extends string = string, Noun extends string = string> extends Task<Id> {
  /** The truth of a sample: its label, or the outputs of FP32 for it. */
  readonly truth: 'labels' | 'fp32'
  readonly noun: Noun
  /** Why a model of so many outputs cannot be judged so, as a sentence about it; undefined where it can. */
  readonly unfit: (outputs: number) => string | undefined
  /** The noun of several models' metrics. */
  readonly nouns: string
  /** How a loss against FP32 is written; a loss is positive, whichever direction of the metric is better. */
  readonly loss: Unit & { readonly noun: string }
  /** How a goal is written: as a loss, or as the share of the tally's `scale` that it is. */
  readonly goalUnit: Unit
  /** Metrics that are reported beside this one, by their names, and how they are written. */
  readonly beside: Readonly<Record<string, Unit>>
  /**
   * Judges the outputs [samples, ...] of a model by the truth of the same samples.
   * @param decision of the workload, which a task that decides needs
   */
  readonly tally: (outputs: Float32Array, truth: Labels, samples: number, decision?: Decision) => Tally
  /** The loss of a model against FP32 on the same samples, with the paired 95% interval. */
  readonly lossOf: (tally: Tally, fp32: Tally) => MeasuredLoss
  /** 95% interval of a value by itself, where the value and the number of samples give one. */
  readonly interval?: (value: number, samples: number) => Interval
  /** About how many samples would show a loss to be within a goal; undefined where no number would. */
  readonly samplesToShow: (loss: MeasuredLoss, goal: number) => number | undefined
}

/** A task whose truth is in labels. */
export interface LabelledTask<Id extends string = string, Noun extends string = string> extends ScoredTask<
  Id,
  Noun
> {
  readonly truth: 'labels'
  /** Whether a model and its labels fit this task, where the user has not set the task. */
  readonly looksLike: (array: Tensor, outputs: number) => boolean
  /** A description of a label, as in `the class of each sample`. */
  readonly labelName: string
  /** The baseline in words, as in `always answering the largest class`. */
  readonly baselineName: string
  /**
   * Labels as a file holds them, checked.
   * @param outputs of the model for one sample
   * @throws OctetError that says how labels look, for others.
   */
  readonly readLabels: (array: Tensor, outputs: number) => Labels
  /** The group of each sample, for splits that keep every group in proportion. */
  readonly strata: (labels: Labels, samples: number) => Int32Array
  /** The score of always giving the best constant answer. */
  readonly baseline: (labels: Labels, samples: number) => number
}

/** A model's answers, judged. */
export interface Tally {
  readonly samples: number
  readonly value: number
  /** The contribution of each sample to the value. Each sample has the same number of terms. */
  readonly marks: Float64Array
  /** The base of goals that are shares, in the unit of the value; absent where goals are in that unit. */
  readonly scale?: number
  /** The metrics beside this one, as far as the samples have them. */
  readonly beside?: Readonly<Record<string, number>>
}

/** How much better a second value of a task's metric is than a first; negative where it is worse. */
export function gain({ higherIsBetter }: Pick<Task, 'higherIsBetter'>, from: number, to: number): number {
  return higherIsBetter ? to - from : from - to
}
