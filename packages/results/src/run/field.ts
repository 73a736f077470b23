import { inert } from '@octet/core'
import * as v from 'valibot'

export const finite: v.GenericSchema<number> = v.pipe(v.number(), v.finite())
export const count: v.GenericSchema<number> = v.pipe(v.number(), v.integer(), v.minValue(0))
export const positive: v.GenericSchema<number> = v.pipe(v.number(), v.finite(), v.minValue(0))
export const fraction: v.GenericSchema<number> = v.pipe(v.number(), v.minValue(0), v.maxValue(1))
/** A text that may be empty. Whoever wrote the file, what is read from it is inert. */
export const words: v.GenericSchema<string> = v.pipe(
  v.string(),
  v.transform((given) => inert(given)),
)
export const text: v.GenericSchema<string> = v.pipe(
  v.string(),
  v.nonEmpty(),
  v.transform((given) => inert(given)),
)
export const instant: v.GenericSchema<string> = v.pipe(v.string(), v.isoTimestamp())

/** A pair of finite numbers in ascending order. */
export const interval: v.GenericSchema<[number, number]> = v.pipe(
  v.tuple([finite, finite]),
  v.check(([lo, hi]) => lo <= hi, 'the lower end is above the upper'),
)
