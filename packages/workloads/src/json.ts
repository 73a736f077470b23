import { OctetError } from '@octet/core'
import * as v from 'valibot'
import { readBytes } from './file.ts'
import { writeWhole } from './whole.ts'

/** The reader's schema checks each written file. If the reader would refuse the file, Octet has a fault. */
export const WRITTEN_MEND = 'this is a fault of octet: report it'

/** The largest JSON file that is read. */
const LARGEST = 2 ** 28

/**
 * Reads a JSON file of a given form.
 * @param mend the remedy for a field that does not fit
 * @throws OctetError naming the path and the first field that does not fit.
 */
export async function readJson<T>(
  path: string,
  schema: v.GenericSchema<unknown, T>,
  mend: string,
): Promise<T> {
  const bytes = await readBytes(path)
  if (bytes.length > LARGEST)
    throw new OctetError(`${path} has ${bytes.length} bytes, the most is ${LARGEST}`, mend)
  let content: unknown
  try {
    content = JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''))
  } catch (error) {
    throw new OctetError(`${path}: not JSON: ${(error as Error).message}`, mend)
  }
  return checked(schema, content, path, mend)
}

/**
 * Writes a JSON file that `readJson` reads with the same schema.
 * @throws OctetError naming the path and the first field that does not fit; WriteFault if the file cannot be written.
 */
export function writeJson<T>(
  path: string,
  schema: v.GenericSchema<unknown, T>,
  value: T,
  indentation?: number,
): void {
  writeWhole(path, `${JSON.stringify(checked(schema, value, path, WRITTEN_MEND), undefined, indentation)}\n`)
}

/** @throws OctetError naming `where` and the first field that does not fit the schema. */
export function checked<T>(
  schema: v.GenericSchema<unknown, T>,
  content: unknown,
  where: string,
  mend: string,
): T {
  // A schema of fields would accept a list as an object without any field.
  if (schema.type.endsWith('object') && Array.isArray(content))
    throw new OctetError(`${where}: the whole: Invalid type: Expected Object but received Array`, mend)
  const parsed = v.safeParse(schema, content)
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  throw new OctetError(`${where}: ${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`, mend)
}
