import type { Decision, Graph, Normalizer, QuantizedModel, Shape, TaskId } from '@octet/core'
import type { FiledReadings, Readings, Samples } from './samples.ts'

/** The description of a workload, without its data. */
export interface WorkloadSummary {
  readonly id: string
  readonly title: string
  /** Its subject, as a phrase. */
  readonly description: string
  /** The task of its models: `none` without labels. */
  readonly task: TaskId
  /** For a task that decides: the threshold of a yes, and the kind of the outputs. */
  readonly decision?: Decision
  /** How the task was found, if the user has not set it. */
  readonly found?: string
  /** The names of the classes; empty for a task without classes. */
  readonly classes: readonly string[]
  readonly licence: string
  readonly source: string
}

/**
 * The source of the normalization: the training samples on which it was fitted, a manifest, the command line, or the
 * model's metadata. With `nothing`, readings enter the model unchanged.
 */
export type NormalizedBy = 'training' | 'manifest' | '--normalize' | 'metadata' | 'nothing'

/** Real samples and their split. Calibration readings never occur in the evaluation samples. */
export interface Data extends WorkloadSummary {
  /** The shape of one sample, without the batch. */
  readonly input: Shape
  readonly normalizer: Normalizer
  readonly normalizedBy: NormalizedBy
  readonly calibration: Readings | FiledReadings
  readonly evaluation: Samples
  /** Loads the training samples, again at each call, because most users never need them in memory. */
  readonly training?: () => Promise<Samples>
  /** Samples for choosing among models. They are disjoint from training, calibration and evaluation samples. */
  readonly validation?: () => Promise<Samples>
  /** The split of the samples, with sizes and seed. */
  readonly split: string
  /** Remarks on the data for readers of results: omitted rows, reserved samples, published defects. */
  readonly notes: readonly string[]
  /** The score of always giving the same answer over the evaluation samples. Absent without labels. */
  readonly baseline?: number
}

/** Data that a model can be trained on. */
export interface TrainingData extends Data {
  readonly training: () => Promise<Samples>
  readonly validation: () => Promise<Samples>
}

/** FP32's value of the task's metric that the model's maker measured, and the number of samples. */
export interface Recorded {
  readonly value: number
  readonly samples: number
}

/** A model that was already quantized. */
export interface DeliveredModel {
  readonly model: QuantizedModel
  /** Whether it is the workload's own model. `graph` then has the float32 nodes by which it is defined. */
  readonly isItself: boolean
}

/** Data and the FP32 model trained for it. */
export interface Workload extends Data {
  readonly graph: Graph
  /** The path of the ONNX file with the graph. */
  readonly file: string
  /**
   * Left out if nothing was recorded for these evaluation samples. If some evaluation samples were left out because
   * they are calibration readings, it is the maker's own figure over disjoint samples, whose number may differ by
   * duplicates.
   */
  readonly recorded?: Recorded
  /** The same model in integers, quantized by somebody else. */
  readonly delivered?: DeliveredModel
  /** Whether the model came quantized with a grid for each sample. `graph` computes its integers as whole numbers. */
  readonly isDynamic?: true
  /** The folder of models that were already trained for it, one folder each (`saveQuantized`). */
  readonly trained?: string
}

/** A model with calibration readings, and without samples to judge it by. */
export type CalibratedModel = Pick<
  Workload,
  | 'id'
  | 'graph'
  | 'delivered'
  | 'isDynamic'
  | 'file'
  | 'normalizer'
  | 'normalizedBy'
  | 'calibration'
  | 'notes'
>

/** A model without any data. */
export type BareModel = Omit<CalibratedModel, 'calibration'>
