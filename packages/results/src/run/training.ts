import * as v from 'valibot'
import { fromEarlierTraining } from './migrate.ts'
import { parse } from './parse.ts'
import { count, type Described, finite, positive, record, text, words } from './field.ts'

/** A model after `step` steps, on samples that take no part in training, calibration or evaluation. */
const ValidationPointSchema = record({
  step: count,
  /** The task's metric, for samples with labels. */
  value: finite,
  /** The mean of the training loss, in nats. */
  loss: finite,
})

/** The training that gave the QAT cells of one configuration their weights. */
export const TrainingSchema = record({
  /** The id of the workload. */
  workload: text,
  /** The `configurationKey` of the cells. */
  configuration: text,
  /** The split of the samples into training and validation. */
  split: text,
  /** Hyper-parameters by name. */
  options: v.record(text, v.union([words, v.number(), v.boolean()])),
  /**
   * The wall time of training with its validations, including parts before a resume. Absent if the model was trained
   * and saved before.
   */
  seconds: v.exactOptional(positive),
  /** The losses of steps before their update, at most a few hundred of them, in nats. */
  losses: v.array(record({ step: count, loss: finite })),
  /** The validations in order. The first is of the PTQ model with which training began. */
  validations: v.array(ValidationPointSchema),
  /** The step of the measured model, which has the least validation loss. */
  best: count,
  /** The number of steps. It is lower than planned if validation stopped improving. */
  steps: count,
  /** Whether training ended before the planned steps. */
  stoppedEarly: v.boolean(),
})
export type Training = Described<typeof TrainingSchema>

/** @throws OctetError naming the path of the first bad field. */
export function parseTraining(json: unknown): Training {
  return parse(TrainingSchema, fromEarlierTraining(json), 'the record of a training')
}
