import * as v from 'valibot'
import { type Described, finite, record, text } from './field.ts'

/** A certain or possible fault of a workload's calibration data or of its FP16. */
export const FindingSchema = record({
  /** The id of the workload. */
  workload: text,
  /**
   * The kind of finding: an id of core's calibration findings, or `fp16-overflows`, `fp16-absorbed`, `fp16-vanishes`.
   */
  id: text,
  /** A fault makes the numbers worthless; a warning costs accuracy; a note may describe correct data. */
  severity: v.picklist(['fault', 'warning', 'note']),
  /** The tensor, or the layer whose weights have the finding; null for the samples themselves. */
  tensor: v.nullable(text),
  /** The measured figure; null if it is infinite. */
  value: v.nullable(finite),
  /** The threshold that the value exceeds. */
  threshold: finite,
  /** A sentence for the user. */
  verdict: text,
})
export type Finding = Described<typeof FindingSchema>
