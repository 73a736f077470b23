import { OctetError } from '@octet/core'
import * as v from 'valibot'
import { readBytes } from './file.ts'

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
  const parsed = v.safeParse(schema, content)
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  throw new OctetError(`${path}: ${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`)
}
