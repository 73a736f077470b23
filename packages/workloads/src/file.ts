import { readdir, readFile } from 'node:fs/promises'
import { OctetError } from '@octet/core'

/** @throws OctetError naming the path when it cannot be read. */
export async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    throw new OctetError(`${path} ${reason(error)}`)
  }
}

/** Names in a folder. @throws OctetError naming the path when it cannot be read. */
export async function list(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    throw new OctetError(`${folder} ${reason(error)}`)
  }
}

/** Runs `parse` and puts the path before what it complains of. */
export function inFile<T>(path: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof OctetError) throw new OctetError(`${path}: ${error.message}`, error.mend)
    throw error
  }
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  return code === 'ENOENT' ? 'is missing' : `cannot be read (${code})`
}
