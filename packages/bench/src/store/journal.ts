import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { OctetError } from '@octet/core'
import { writeFault } from '@octet/workloads'
import { type Entry, formatEntry, parseEntry } from './entry.ts'

/**
 * An append-only file of one JSON entry a line, on disk before `append` returns. A line that was cut short, by a kill
 * or a full disk, is dropped when the journal is opened again: everything before it stands.
 */
export class Journal {
  readonly #path: string
  readonly #file: number
  #bytes: number

  /**
   * Opens a journal for appending after its last whole line; makes it where there is none.
   * @throws WriteFault when it cannot be opened.
   */
  constructor(path: string) {
    this.#path = path
    try {
      this.#file = openSync(path, 'a+')
      const text = readFileSync(this.#file)
      this.#bytes = text.lastIndexOf(0x0a) + 1
      if (this.#bytes < text.length) ftruncateSync(this.#file, this.#bytes)
    } catch (error) {
      throw writeFault(path, error)
    }
  }

  /**
   * @throws OctetError for an entry that would not be read again; WriteFault when it cannot be written. What was
   * there before is whole.
   */
  append(entry: Entry): void {
    const line = Buffer.from(`${formatEntry(entry)}\n`)
    try {
      for (let written = 0; written < line.length;) written += writeSync(this.#file, line, written)
      fsyncSync(this.#file)
    } catch (error) {
      this.#dropPart()
      throw writeFault(this.#path, error)
    }
    this.#bytes += line.length
  }

  close(): void {
    closeSync(this.#file)
  }

  #dropPart(): void {
    try {
      ftruncateSync(this.#file, this.#bytes)
    } catch {
      // The part has no end of line: it is dropped when the journal is opened again.
    }
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
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw code === 'ENOENT' || code === 'ENOTDIR'
      ? new OctetError(`there is no journal at ${path}`, 'name the folder of a run that octet bench began')
      : new OctetError(`cannot read ${path}: ${message}`)
  }
  const lines = text.split('\n').slice(0, -1)
  return lines.map((line, i) => parseEntry(line, `${path} line ${i + 1}`))
}
