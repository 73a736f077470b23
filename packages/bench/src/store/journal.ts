import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { OctetError } from '@octet/core'
import { writeFault } from '@octet/workloads'
import { type Entry, formatEntry, parseEntry } from './entry.ts'

/**
 * An append-only file with one JSON entry per line. Each entry is on disk before `append` returns. If a kill or a full
 * disk cuts a line short, the next opening of the journal drops that line and keeps all lines before it.
 */
export class Journal {
  readonly #path: string
  readonly #file: number
  #bytes: number

  /**
   * Opens a journal for appending after its last whole line. Creates it if it does not exist.
   * @throws WriteFault if it cannot be opened.
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
   * @throws OctetError if the entry could not be read again. WriteFault if it cannot be written. Earlier entries stay
   * whole.
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
      // The partial line has no end of line, so the next opening of the journal drops it.
    }
  }
}

/**
 * The whole lines of a journal.
 * @throws OctetError if the file cannot be read, or if a line is not an entry.
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
