import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { note } from '../note.ts'

/** What to do about a cache folder that cannot be read or written. */
const MEND = 'make the cache folder writable, or set XDG_CACHE_HOME to one that is'

/** A file of octet's cache folder: `$XDG_CACHE_HOME/octet`, or `~/.cache/octet` where that is unset or relative. */
export function cached(name: string): string {
  const base = process.env['XDG_CACHE_HOME'] ?? ''
  return join(isAbsolute(base) ? base : join(homedir(), '.cache'), 'octet', name)
}

/**
 * What a file holds, read as JSON: undefined where there is none, null where it is no JSON. A note says why a file
 * cannot be read.
 */
export async function readJson(path: string, what: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'ENOTDIR')
      note(`${what} cannot be read, so it is not used: ${(error as Error).message}. ${MEND}`)
    return undefined
  }
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Replaces a file as a whole, so that a reader never meets half of one. A note says why that is not possible. */
export async function replaceJson(path: string, value: unknown, what: string): Promise<void> {
  const fresh = `${path}.${process.pid}`
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(fresh, `${JSON.stringify(value, undefined, 1)}\n`)
    await rename(fresh, path)
  } catch (error) {
    await rm(fresh, { force: true }).catch(() => undefined)
    note(
      `${what} cannot be written, so it lasts as long as this process: ${(error as Error).message}. ${MEND}`,
    )
  }
}
