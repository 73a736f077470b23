import { inertJson, inertLines } from '@octet/core'
import { writeWhole } from '@octet/workloads'
import type { Session } from './session.ts'

/**
 * Prints a verb's answer as text on stdout, and as JSON to the place that `--json` names. With `-`, stdout has the JSON
 * instead of the text.
 */
export function answer(
  { print }: Pick<Session, 'print'>,
  json: string | undefined,
  value: unknown,
  text: string,
): void {
  if (json !== '-') print(`${inertLines(text)}\n`)
  if (json === undefined) return
  const written = `${inertJson(value, 2)}\n`
  if (json === '-') print(written)
  else writeWhole(json, written)
}
