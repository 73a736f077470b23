import * as v from 'valibot'
import { finite, text } from './field.ts'

/** What a sweep found wrong, or perhaps wrong, with a workload's calibration data or with FP16 for it. */
export interface Finding {
  readonly workload: string
  /** What was found: an id of core's calibration findings, or `fp16-overflows`, `fp16-absorbed`, `fp16-vanishes`. */
  readonly id: string
  /** A fault makes the numbers worthless; a warning costs accuracy; a note may be as it should. */
  readonly severity: 'fault' | 'warning' | 'note'
  /** The tensor it is about, or the layer whose weights it is about; null for the samples themselves. */
  readonly tensor: string | null
  /** What was measured; null where that is infinite. */
  readonly value: number | null
  /** What the value is past. */
  readonly threshold: number
  /** One sentence for the user. */
  readonly verdict: string
}

export const FindingSchema: v.GenericSchema<Finding> = v.object({
  workload: text,
  id: text,
  severity: v.picklist(['fault', 'warning', 'note']),
  tensor: v.nullable(text),
  value: v.nullable(finite),
  threshold: finite,
  verdict: text,
})
