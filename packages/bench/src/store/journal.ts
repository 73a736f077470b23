import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { OctetError } from '@octet/core'
import { type Entry, parseEntry } from './entry.ts'

/**
 * An append-only file of one JSON entry a line, on disk before `append` returns. A line that was cut short, by a kill or a full
 * disk, is dropped when the journal is opened again: everything before it stands.
 */
export class Journal {
  readonly #path: string
  readonly #file: number
  #bytes: number

  /** Opens a journal for appending after its last whole line; makes it where there is none. */
  constructor(path: string) {
    this.#path = path
    this.#file = openSync(path, 'a+')
    const text = readFileSync(this.#file)
    this.#bytes = text.lastIndexOf(0x0a) + 1
    if (this.#bytes < text.length) ftruncateSync(this.#file, this.#bytes)
  }

  /** @throws OctetError when it cannot be written; what was there before is whole. */
  append(entry: Entry): void {
    const line = Buffer.from(`${JSON.stringify(entry)}\n`)
    try {
      for (let written = 0; written < line.length;) written += writeSync(this.#file, line, written)
      fsyncSync(this.#file)
    } catch (error) {
      ftruncateSync(this.#file, this.#bytes)
      throw new OctetError(
        `cannot write ${this.#path}: ${(error as Error).message}`,
        'make room, then continue with octet bench --resume and this run; all earlier cells are kept',
      )
    }
    this.#bytes += line.length
  }

  close(): void {
    closeSync(this.#file)
  }
}

/**
 * The whole lines of a journal.
 * @throws OctetError for a file that cannot be read or a line that is not an entry.
 */
export function readJournal(path: string): Entry[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    throw new OctetError(`there is no journal at ${path}`, 'name the folder of a run that octet bench began')
  }
  const lines = text.split('\n').slice(0, -1)
  return lines.map((line, i) => parseEntry(line, `${path} line ${i + 1}`))
}
