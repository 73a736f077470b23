import * as v from 'valibot'
import { type Described, finite, record, text } from './field.ts'

/** A certain or possible fault of a workload's calibration data or of its FP16. */
export const FindingSchema = record({
  workload: text,
  /** What was found: an id of core's calibration findings, or `fp16-overflows`, `fp16-absorbed`, `fp16-vanishes`. */
  id: text,
  /** A fault makes the numbers worthless; a warning costs accuracy; a note may be as it should. */
  severity: v.picklist(['fault', 'warning', 'note']),
  /** The tensor it is about, or the layer whose weights it is about; null for the samples themselves. */
  tensor: v.nullable(text),
  /** The measured figure; null where it is infinite. */
  value: v.nullable(finite),
  /** The threshold that the value exceeds. */
  threshold: finite,
  /** One sentence for the user. */
  verdict: text,
})
export type Finding = Described<typeof FindingSchema>
