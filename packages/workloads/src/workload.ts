import type { Decision, Graph, Normalizer, QuantizedModel, Shape, TaskId } from '@octet/core'
import type { FiledReadings, Readings, Samples } from './samples.ts'

/** The description of a workload, without its data. */
export interface WorkloadSummary {
  readonly id: string
  readonly title: string
  /** Its subject, in words. */
  readonly description: string
  /** The task of its models: `none` without labels. */
  readonly task: TaskId
  /** Of a task that decides: from where on a yes, and what the outputs were taken for. */
  readonly decision?: Decision
  /** How the task was found, where the user has not set it. */
  readonly found?: string
  /** Names of the classes; empty for a task without. */
  readonly classes: readonly string[]
  readonly licence: string
  readonly source: string
}

/**
 * Who says how readings are normalized: the training samples they were fitted to, a manifest, the command line, the
 * model's own metadata; or nothing, and then readings enter the model unchanged.
 */
export type NormalizedBy = 'training' | 'manifest' | '--normalize' | 'metadata' | 'nothing'

/** Real samples and how they are split. Calibration readings never occur in the evaluation samples. */
export interface Data extends WorkloadSummary {
  /** Shape of one sample, the batch left out. */
  readonly input: Shape
  readonly normalizer: Normalizer
  readonly normalizedBy: NormalizedBy
  readonly calibration: Readings | FiledReadings
  readonly evaluation: Samples
  /** Loads the training samples, again at each call: most uses never need them in memory. */
  readonly training?: () => Promise<Samples>
  /** Samples held out of training to choose among models; disjoint from training, calibration and evaluation. */
  readonly validation?: () => Promise<Samples>
  /** How the samples were divided, with sizes and seed. */
  readonly split: string
  /** Remarks on this data for readers of results: omitted rows, reserves, published defects. */
  readonly notes: readonly string[]
  /** The score of always giving the same answer over the evaluation samples. Absent without labels. */
  readonly baseline?: number
}

/** Data that a model can be trained on. */
export interface TrainingData extends Data {
  readonly training: () => Promise<Samples>
  readonly validation: () => Promise<Samples>
}

/** FP32's value of the task's metric as whoever made the model measured it, and over how many samples. */
export interface Recorded {
  readonly value: number
  readonly samples: number
}

/** A model that came quantized. */
export interface DeliveredModel {
  readonly model: QuantizedModel
  /** Whether it is the workload's own model, of which `graph` has the float32 that its nodes are defined by. */
  readonly isItself: boolean
}

/** Data and the FP32 model trained for it. */
export interface Workload extends Data {
  readonly graph: Graph
  /** Path of the ONNX file that the graph was read from. */
  readonly file: string
  /**
   * Left out where nothing was recorded for the samples that are evaluated here. Where evaluation samples were left out
   * as they calibrate, it is the maker's own figure over disjoint samples, whose number may differ by duplicates.
   */
  readonly recorded?: Recorded
  /** The same model in integers as somebody else quantized it. */
  readonly delivered?: DeliveredModel
  /** Folder of models that were trained for it already, one folder each (`saveQuantized`). */
  readonly trained?: string
}

/** A model with readings to calibrate it, and no samples to judge it by. */
export type CalibratedModel = Pick<
  Workload,
  'id' | 'graph' | 'delivered' | 'file' | 'normalizer' | 'normalizedBy' | 'calibration' | 'notes'
>

/** A model without any data. */
export type BareModel = Omit<CalibratedModel, 'calibration'>
