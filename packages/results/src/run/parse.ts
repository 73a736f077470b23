import { OctetError } from '@octet/core'
import * as v from 'valibot'

/**
 * Checks a value against a schema: a value from a file, or a value for a file that will be read again.
 * @throws OctetError naming `what` and the path of the first bad field, or of a field that the schema lacks.
 */
export function parse<T>(schema: v.GenericSchema<T>, value: unknown, what: string): T {
  const result = v.safeParse(schema, value, { abortEarly: true })
  if (result.success) return result.output
  throw new OctetError(`${what} is not valid${inWords(result.issues[0])}`)
}

/** The reason why a value does not fit the schema, with the path of the first bad field; undefined if it fits. */
export function faultIn<T>(schema: v.GenericSchema<T>, value: unknown): string | undefined {
  const result = v.safeParse(schema, value, { abortEarly: true })
  return result.success ? undefined : inWords(result.issues[0]).trimStart()
}

function inWords(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue)
  const unknown = issue.type === 'strict_object' && issue.expected === 'never'
  return (
    `${path === null ? '' : ` at ${path}`}: ` +
    (unknown ? 'this octet does not know the field, and would lose it' : issue.message)
  )
}
