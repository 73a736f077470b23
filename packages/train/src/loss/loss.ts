import type { Labels } from '@octet/core'
import type { Value } from '@octet/core/training'

/** The loss of a batch. */
export interface Score {
  /** The mean over the labelled samples of the batch; 0 if no sample has a label. */
  readonly loss: number
  /** The number of samples whose answer equals their label. Absent if answers are quantities. */
  readonly correct?: number
  readonly labelled: number
}

/** The options for learning from a teacher's outputs (Hinton et al. 2015). */
export interface Distillation {
  /** The teacher's share of the loss, 0 to 1. The labels have the rest. */
  readonly weight: number
  /**
   * The logits of both are divided by it before they become chances, and the loss is multiplied by its square. Default
   * 1.
   */
  readonly temperature?: number
}

/** The way in which a model learns from the labels of a task, and from a teacher. */
export interface Loss {
  /** The number of values in a label, for a model with `outputs` outputs. */
  width(outputs: number): number
  /**
   * Checks the labels of consecutive samples for a model with `outputs` outputs. `unlabelled` allows samples without a
   * label.
   * @throws OctetError that names the first sample whose label does not fit.
   */
  check(labels: Labels, outputs: number, options: { readonly unlabelled: boolean }): void
  /**
   * Judges the first `batch` samples of a model's outputs, and writes the gradient of the mean loss to `logits.grad` if
   * there is one.
   * @param smoothing share of each target that is spread evenly over all answers, 0 to 1; no effect on quantities.
   */
  score(logits: Value, labels: Labels, batch: number, smoothing: number): Score
  /**
   * Adds a teacher to a loss. Returns `(1 - weight) * loss` plus the weighted distance from the teacher's outputs, a
   * mean over the batch. `logits.grad` holds the gradient of `loss` before, and the gradient of the result after.
   */
  distill(logits: Value, teacher: Float32Array, batch: number, options: Distillation, loss: number): number
}
