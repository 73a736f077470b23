import { PRECISIONS } from '@octet/core'
import { FEWEST_SAMPLES } from '@octet/core/statistics'
import * as v from 'valibot'
import { RatioSchema } from './cell.ts'
import { count, type Described, positive, record, text } from './field.ts'

const precision = v.picklist(PRECISIONS)
const samples = v.pipe(v.array(positive), v.minLength(FEWEST_SAMPLES))

/**
 * A whole model at batch 1, run by one project in one precision. Times are of the wall clock, in ns, one figure per
 * round, as many as the interval of their median needs or more.
 */
const ModelTimeSchema = record({
  /** `octet`, or the peer's name. */
  by: text,
  precision,
  /** From the input on the host to the output on the host. */
  samples,
  /** The time of upload, submission and readback: the same run with one elementwise op in place of the model. */
  overhead: samples,
  /** The time of FP32 over this time, of the same project, paired by round; absent on FP32. */
  vsFp32: v.exactOptional(RatioSchema),
  /** The peer's time over ours in the precision it is compared with, end to end; on peers only. */
  ours: v.exactOptional(v.array(record({ precision, ratio: RatioSchema }))),
  note: v.exactOptional(text),
})
export type ModelTime = Described<typeof ModelTimeSchema>

/** One model on one device, run by us and by peers in the same rounds. */
export const ModelRaceSchema = record({
  workload: text,
  package: text,
  adapter: text,
  /** Multiply-accumulates of one inference. */
  macs: count,
  times: v.array(ModelTimeSchema),
  /** Who did not take part, and why. */
  absent: v.array(record({ by: text, precision, reason: text })),
})
export type ModelRace = Described<typeof ModelRaceSchema>
