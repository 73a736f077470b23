import * as v from 'valibot'
import { count, finite, fraction, positive, text, words } from './field.ts'

/** A model after `step` steps, on samples that neither train, calibrate nor evaluate. */
export interface ValidationPoint {
  readonly step: number
  readonly accuracy: number
  /** Mean of what is trained for, in nats. */
  readonly loss: number
}

/** How the QAT cells of one configuration came by their weights. */
export interface Training {
  readonly workload: string
  /** Their `configurationKey`. */
  readonly configuration: string
  /** How samples were divided into those that train and those that validate. */
  readonly split: string
  /** Hyper-parameters by name. */
  readonly options: Readonly<Record<string, string | number | boolean>>
  /**
   * Wall time of training with its validations, parts before a resume included. Absent where the model was trained
   * and saved before.
   */
  readonly seconds?: number
  /** Loss of steps before their update, at most a few hundred of them, in nats. */
  readonly losses: readonly { readonly step: number; readonly loss: number }[]
  /** In order; the first is of the PTQ model that training began with. */
  readonly validations: readonly ValidationPoint[]
  /** The step whose model is measured: the least validation loss. */
  readonly best: number
  /** Steps taken. Fewer than planned where validation stopped improving. */
  readonly steps: number
  readonly stoppedEarly: boolean
}

export const TrainingSchema: v.GenericSchema<Training> = v.object({
  workload: text,
  configuration: text,
  split: text,
  options: v.record(text, v.union([words, v.number(), v.boolean()])),
  seconds: v.exactOptional(positive),
  losses: v.array(v.object({ step: count, loss: finite })),
  validations: v.array(v.object({ step: count, accuracy: fraction, loss: finite })),
  best: count,
  steps: count,
  stoppedEarly: v.boolean(),
})
