import type { Precision } from '@octet/core'
import { FEWEST_SAMPLES, type Ratio } from '@octet/core/statistics'
import * as v from 'valibot'
import { RatioSchema } from './cell.ts'
import { count, positive, text } from './field.ts'

/**
 * A whole model at batch 1, run by one project in one precision. Times are of the wall clock, in ns, one figure per
 * round, as many as the interval of their median needs or more.
 */
export interface ModelTime {
  /** `octet`, or the peer's name. */
  readonly by: string
  readonly precision: Precision
  /** From the input on the host to the output on the host. */
  readonly samples: readonly number[]
  /** The same with one elementwise op in the model's place: what upload, submission and readback take. */
  readonly overhead: readonly number[]
  /** FP32's time over this one's of the same project, paired by round; absent on FP32. */
  readonly vsFp32?: Ratio
  /** The peer's time over ours in the precision it is compared with, end to end; on peers only. */
  readonly ours?: readonly { readonly precision: Precision; readonly ratio: Ratio }[]
  readonly note?: string
}

/** One model on one device, run by us and by peers in the same rounds. */
export interface ModelRace {
  readonly workload: string
  readonly package: string
  readonly adapter: string
  /** Multiply-accumulates of one inference. */
  readonly macs: number
  readonly times: readonly ModelTime[]
  /** Who did not take part, and why. */
  readonly absent: readonly { readonly by: string; readonly precision: Precision; readonly reason: string }[]
}

const precision = v.picklist(['fp32', 'fp16', 'int8'])
const samples = v.pipe(v.array(positive), v.minLength(FEWEST_SAMPLES))

const ModelTimeSchema: v.GenericSchema<ModelTime> = v.object({
  by: text,
  precision,
  samples,
  overhead: samples,
  vsFp32: v.exactOptional(RatioSchema),
  ours: v.exactOptional(v.array(v.object({ precision, ratio: RatioSchema }))),
  note: v.exactOptional(text),
})

export const ModelRaceSchema: v.GenericSchema<ModelRace> = v.object({
  workload: text,
  package: text,
  adapter: text,
  macs: count,
  times: v.array(ModelTimeSchema),
  absent: v.array(v.object({ by: text, precision, reason: text })),
})
