import { readdir, readFile, stat } from 'node:fs/promises'
import { OctetError } from '@octet/core'

/** The size limit of a file. Node cannot read 2 GiB at once. */
const LARGEST = 2 ** 31 - 1

/** @throws OctetError naming the path if it cannot be read, is not a plain file, or is too large. */
export async function readBytes(path: string): Promise<Buffer> {
  try {
    const found = await stat(path)
    if (found.isDirectory())
      throw new OctetError(`${path} cannot be read (EISDIR)`, 'give a file, not a folder')
    if (!found.isFile())
      throw new OctetError(`${path} is not a plain file`, 'copy its content into a plain file')
    if (found.size > LARGEST)
      throw new OctetError(`${path} has ${found.size} bytes, the most is ${LARGEST}`, 'save fewer samples')
    return await readFile(path)
  } catch (error) {
    throw unreadable(path, error)
  }
}

/**
 * The names in a folder.
 * @throws OctetError naming the path if it cannot be read.
 */
export async function list(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    throw unreadable(folder, error)
  }
}

/**
 * Runs `parse` and puts the path before the message of its error, unless the message names the path already.
 * @param mend the remedy for an error without one
 */
export function inFile<T>(path: string, parse: () => T, mend?: string): T {
  try {
    return parse()
  } catch (error) {
    throw naming(path, error, mend)
  }
}

/** `inFile` for an asynchronous `parse`. */
export async function inFileAsync<T>(path: string, parse: () => Promise<T>, mend?: string): Promise<T> {
  try {
    return await parse()
  } catch (error) {
    throw naming(path, error, mend)
  }
}

function naming(path: string, error: unknown, mend: string | undefined): unknown {
  if (!(error instanceof OctetError)) return error
  const message = error.message.startsWith(path) ? error.message : `${path}: ${error.message}`
  return new OctetError(message, error.mend ?? mend)
}

/** The message of a system error about a path. */
export function unreadable(path: string, error: unknown): unknown {
  if (error instanceof OctetError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  return code === 'ENOENT'
    ? new OctetError(`${path} is missing`, 'check the path, or put the file there')
    : new OctetError(`${path} cannot be read (${code})`, 'make it readable, or copy it elsewhere')
}
