import { OctetError } from '@octet/core'
import * as v from 'valibot'
import { readBytes } from './file.ts'
import { writeWhole } from './whole.ts'

/**
 * Reads a JSON file of a given form.
 * @throws OctetError naming the path and the first field that is not as it should be.
 */
export async function readJson<T>(path: string, schema: v.GenericSchema<unknown, T>): Promise<T> {
  let content: unknown
  try {
    content = JSON.parse((await readBytes(path)).toString('utf8'))
  } catch (error) {
    if (error instanceof OctetError) throw error
    throw new OctetError(`${path}: not JSON`)
  }
  return checked(path, schema, content)
}

/**
 * Writes a JSON file that `readJson` reads with the same schema.
 * @throws OctetError naming the path and the first field that is not as it should be; WriteFault when the file cannot be written.
 */
export function writeJson<T>(
  path: string,
  schema: v.GenericSchema<unknown, T>,
  value: T,
  indentation?: number,
): void {
  writeWhole(path, `${JSON.stringify(checked(path, schema, value), undefined, indentation)}\n`)
}

function checked<T>(path: string, schema: v.GenericSchema<unknown, T>, value: unknown): T {
  const parsed = v.safeParse(schema, value)
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  throw new OctetError(`${path}: ${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`)
}
