import type { Labels } from '@octet/core'
import type { Value } from '@octet/core/training'

/** The loss of a batch. */
export interface Score {
  /** Mean over the labelled samples of the batch, in nats; 0 where no sample has a label. */
  readonly loss: number
  /** How many samples are answered as their label says. */
  readonly correct: number
  readonly labelled: number
}

/** How a model learns from the labels of a task. */
export interface Loss {
  /**
   * Checks the labels of samples one after another, for a model of so many outputs. `unlabelled` lets samples be that
   * have no label.
   * @throws OctetError that names the first sample whose label does not fit.
   */
  check(labels: Labels, outputs: number, options: { readonly unlabelled: boolean }): void
  /**
   * Judges the first `batch` samples of a model's outputs, and writes the gradient of the mean loss to `logits.grad`
   * where there is one.
   * @param smoothing share of each target that is spread evenly over all outputs, 0 to 1.
   */
  score(logits: Value, labels: Labels, batch: number, smoothing: number): Score
}
