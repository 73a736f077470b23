import * as v from 'valibot'
import { fromEarlierTraining } from './migrate.ts'
import { parse } from './parse.ts'
import { count, type Described, finite, positive, record, text, words } from './field.ts'

/** A model after `step` steps, on samples that neither train, calibrate nor evaluate. */
const ValidationPointSchema = record({
  step: count,
  /** The task's metric, of samples that have labels. */
  value: finite,
  /** Mean of the training loss, in nats. */
  loss: finite,
})

/** How the QAT cells of one configuration came by their weights. */
export const TrainingSchema = record({
  workload: text,
  /** Their `configurationKey`. */
  configuration: text,
  /** How samples were divided into those that train and those that validate. */
  split: text,
  /** Hyper-parameters by name. */
  options: v.record(text, v.union([words, v.number(), v.boolean()])),
  /**
   * Wall time of training with its validations, parts before a resume included. Absent where the model was trained
   * and saved before.
   */
  seconds: v.exactOptional(positive),
  /** Loss of steps before their update, at most a few hundred of them, in nats. */
  losses: v.array(record({ step: count, loss: finite })),
  /** In order; the first is of the PTQ model that training began with. */
  validations: v.array(ValidationPointSchema),
  /** The step whose model is measured: the least validation loss. */
  best: count,
  /** Steps taken. Fewer than planned where validation stopped improving. */
  steps: count,
  stoppedEarly: v.boolean(),
})
export type Training = Described<typeof TrainingSchema>

/** @throws OctetError naming the path of the first bad field. */
export function parseTraining(json: unknown): Training {
  return parse(TrainingSchema, fromEarlierTraining(json), 'the record of a training')
}
