import { PRECISIONS } from '@octet/core'
import { FEWEST_SAMPLES } from '@octet/core/statistics'
import * as v from 'valibot'
import { RatioSchema } from './cell.ts'
import { count, type Described, positive, record, text } from './field.ts'

const precision = v.picklist(PRECISIONS)
const samples = v.pipe(v.array(positive), v.minLength(FEWEST_SAMPLES))

/**
 * A whole model at batch 1, run by one project in one precision. Times are wall-clock times in ns, with one figure per
 * round, and at least as many as the interval of their median needs.
 */
const ModelTimeSchema = record({
  /** `octet`, or the peer's name. */
  by: text,
  precision,
  /** The dispatches of one run on the device: single ops, or several ops joined. Only our own runs have it. */
  dispatches: v.exactOptional(count),
  /** The time from the input on the host to the output on the host. */
  samples,
  /** The time of upload, submission and readback: the same run with one elementwise op in place of the model. */
  overhead: samples,
  /** The FP32 time of the same project over this time, paired by round; absent for FP32. */
  vsFp32: v.exactOptional(RatioSchema),
  /** For peers only: the peer's time over Octet's time in the compared precision, end to end. */
  ours: v.exactOptional(v.array(record({ precision, ratio: RatioSchema }))),
  note: v.exactOptional(text),
})
export type ModelTime = Described<typeof ModelTimeSchema>

/** One model on one device, run by Octet and by peers in the same rounds. */
export const ModelRaceSchema = record({
  /** The id of the workload. */
  workload: text,
  package: text,
  adapter: text,
  /** The multiply-accumulates of one inference. */
  macs: count,
  times: v.array(ModelTimeSchema),
  /** The projects that did not take part, and the reasons. */
  absent: v.array(record({ by: text, precision, reason: text })),
})
export type ModelRace = Described<typeof ModelRaceSchema>
