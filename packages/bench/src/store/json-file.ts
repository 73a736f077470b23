import { readFileSync } from 'node:fs'
import { OctetError } from '@octet/core'
import { writeWhole } from '@octet/workloads'

/** Returns the value if it is a valid content of the file. Throws an OctetError otherwise. */
export type Check<T> = (value: unknown) => T

/**
 * Reads a JSON file.
 * @throws OctetError with the path, if the file cannot be read, is not JSON, or fails the check.
 */
export function readJson<T>(path: string, check: Check<T>): T {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new OctetError(`cannot read ${path}: ${(error as Error).message}`)
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new OctetError(`${path} is not JSON: ${(error as Error).message}`)
  }
  return within(path, () => check(json))
}

/**
 * Writes a JSON file atomically. The check is the same as for `readJson`, so that no file is written that would later
 * be refused.
 * @throws OctetError if the value fails the check. WriteFault if the file cannot be written. The earlier file stays.
 */
export function writeJson<T>(path: string, value: T, check: Check<T>): void {
  const checked = within(path, () => check(value))
  writeWhole(path, `${JSON.stringify(checked)}\n`)
}

function within<T>(path: string, check: () => T): T {
  try {
    return check()
  } catch (error) {
    if (error instanceof OctetError) throw new OctetError(`${path}: ${error.message}`, error.mend)
    throw error
  }
}
