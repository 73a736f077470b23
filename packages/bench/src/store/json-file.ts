import { readFileSync } from 'node:fs'
import { OctetError } from '@octet/core'
import { writeWhole } from '@octet/workloads'

/** Tells whether a value is what a file holds, and gives it back; throws an OctetError where it is not. */
export type Check<T> = (value: unknown) => T

/**
 * Reads a JSON file.
 * @throws OctetError naming the path when it cannot be read, is not JSON, or fails the check.
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
 * Writes a JSON file as a whole. The check is the one that `readJson` reads the file with, so that no file is written
 * that would be refused.
 * @throws OctetError for a value that fails the check; WriteFault when the file cannot be written. What was there
 *   before stands.
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
