import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import type { Warn } from '../warn.ts'

/** The remedy for a cache folder that cannot be read or written. */
const MEND = 'make the cache folder writable, or set XDG_CACHE_HOME to one that is'

/**
 * A file in Octet's cache folder: `$XDG_CACHE_HOME/octet`, or `~/.cache/octet` if that variable is unset or relative.
 */
export function cached(name: string): string {
  const base = process.env['XDG_CACHE_HOME'] ?? ''
  return join(isAbsolute(base) ? base : join(homedir(), '.cache'), 'octet', name)
}

/** A cache file's content, and how to read it. */
export interface CacheContent<Content> {
  readonly path: string
  /** Its name in messages: `the tuning cache`. */
  readonly what: string
  readonly empty: Content
  /** The content of the JSON, or its fault as a clause that follows the file's name: `is damaged`. */
  readonly parse: (json: unknown) => Content | string
}

/** A file that is read and replaced as a whole. A notice reports its fault. It throws nothing. */
export class CacheFile<Content extends object> {
  readonly #of: CacheContent<Content>
  readonly #warn: Warn

  constructor(of: CacheContent<Content>, warn: Warn) {
    this.#of = of
    this.#warn = warn
  }

  get path(): string {
    return this.#of.path
  }

  /** The content of the file. A missing or wrong file counts as empty. */
  async read(): Promise<Content> {
    const { path, what, empty, parse } = this.#of
    let text: string
    try {
      text = await readFile(path, 'utf8')
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT' && code !== 'ENOTDIR')
        this.#warn(`${what} cannot be read, so it is not used: ${(error as Error).message}. ${MEND}`)
      return empty
    }
    const content = parse(parsed(text))
    if (typeof content !== 'string') return content
    this.#warn(`${what} in ${path} ${content}; Octet starts an empty one`)
    await this.replace(empty)
    return empty
  }

  /** Replaces the file atomically, so that a reader never sees half a file. */
  async replace(content: Content): Promise<void> {
    const { path, what } = this.#of
    const fresh = `${path}.${process.pid}`
    try {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(fresh, `${JSON.stringify(content, undefined, 1)}\n`)
      await rename(fresh, path)
    } catch (error) {
      await rm(fresh, { force: true }).catch(() => undefined)
      this.#warn(
        `${what} cannot be written, so it lasts as long as this process: ${(error as Error).message}. ${MEND}`,
      )
    }
  }
}

/** The value of a JSON text. Undefined if the text is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
