import { inert } from '@octet/core'
import * as v from 'valibot'

/** A value that is readonly at every depth. */
type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T

/** The type of a schema, readonly. */
export type Described<Schema extends v.GenericSchema> = Frozen<v.InferOutput<Schema>>

/**
 * A record of a run file with these fields and no others. `parse` names and refuses a field that this version of Octet
 * does not know, because the field would be lost when the file is written again.
 */
export function record<const Fields extends v.ObjectEntries>(
  fields: Fields,
): v.StrictObjectSchema<Fields, undefined> {
  return v.strictObject(fields)
}

/**
 * The schema of a type that another package declares. It compiles only if the schema describes exactly that type,
 * including its optional fields.
 */
export function schemaOf<Type>(): <Schema extends v.GenericSchema>(
  schema: Schema & Same<Described<Schema>, Type>,
) => Schema {
  return (schema) => schema
}

/** `unknown` if two records have the same fields, else `never`. */
type Same<A, B> = [A, Required<A>] extends [B, Required<B>]
  ? [B, Required<B>] extends [A, Required<A>]
    ? unknown
    : never
  : never

export const finite: v.GenericSchema<number> = v.pipe(v.number(), v.finite())
export const count: v.GenericSchema<number> = v.pipe(v.number(), v.integer(), v.minValue(0))
export const positive: v.GenericSchema<number> = v.pipe(v.number(), v.finite(), v.minValue(0))
export const fraction: v.GenericSchema<number> = v.pipe(v.number(), v.minValue(0), v.maxValue(1))
/** A text that may be empty. The text is made inert, whoever wrote the file. */
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
