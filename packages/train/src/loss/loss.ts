import type { Labels } from '@octet/core'
import type { Value } from '@octet/core/training'

/** The loss of a batch. */
export interface Score {
  /** Mean over the labelled samples of the batch; 0 where no sample has a label. */
  readonly loss: number
  /** How many samples are answered as their label says. Absent where answers are quantities. */
  readonly correct?: number
  readonly labelled: number
}

/** How a student learns from a teacher's outputs (Hinton et al. 2015). */
export interface Distillation {
  /** Share of the loss that is the teacher's, 0 to 1; the rest is the labels'. */
  readonly weight: number
  /** Divides the logits of both before they become chances; the loss is multiplied by its square. Default 1. */
  readonly temperature?: number
}

/** How a model learns from the labels of a task, and from a teacher. */
export interface Loss {
  /** How many numbers a label has, for a model of so many outputs. */
  width(outputs: number): number
  /**
   * Checks the labels of samples one after another, for a model of so many outputs. `unlabelled` lets samples be that
   * have no label.
   * @throws OctetError that names the first sample whose label does not fit.
   */
  check(labels: Labels, outputs: number, options: { readonly unlabelled: boolean }): void
  /**
   * Judges the first `batch` samples of a model's outputs, and writes the gradient of the mean loss to `logits.grad`
   * where there is one.
   * @param smoothing share of each target that is spread evenly over all answers, 0 to 1; quantities have none.
   */
  score(logits: Value, labels: Labels, batch: number, smoothing: number): Score
  /**
   * Adds a teacher to a loss: returns `(1 - weight) * loss` and the weighted distance from the teacher's outputs, a
   * mean over the batch, and turns `logits.grad`, which holds the gradient of `loss`, into the gradient of that.
   */
  distill(logits: Value, teacher: Float32Array, batch: number, options: Distillation, loss: number): number
}
