import type { WriteStream } from 'node:tty'
import { inert } from '@octet/core'
import { duration } from './number.ts'

/** Receives progress and remarks of a command, beside its answer. */
export interface Reporter {
  /** Writes one line that stays. */
  log(line: string): void
  /** Writes a notice of a kernel package as a line that stays, once a text. */
  warn(text: string): void
  /** Starts the clock over `total` units of work, of which none is done. */
  begin(total: number): void
  /** Names the work under way. */
  stage(label: string): void
  /** Counts units of work as done. */
  advance(units: number): void
  /** Takes the line of progress away. */
  end(): void
}

/** A reporter that ignores everything. */
export const SILENT: Reporter = {
  log: () => {},
  warn: () => {},
  begin: () => {},
  stage: () => {},
  advance: () => {},
  end: () => {},
}

/** Plain lines of progress come at most this often. */
const PLAIN_INTERVAL_MS = 5000
/** Most characters of a line that stays. */
const LONGEST_LINE = 3000
/** Clears the line of a terminal. */
const CLEAR = '\r\u001B[K'

/**
 * Reports to a stream. How far the work is stands on one line that is rewritten when the stream is a terminal, else on
 * plain lines now and then, once the work has begun. Time left is what the work done so far took, carried on to the
 * rest.
 */
export class StreamReporter implements Reporter {
  readonly #stream: Pick<WriteStream, 'write' | 'isTTY' | 'columns'>
  readonly #now: () => number
  readonly #warned = new Set<string>()
  #total = 0
  #done = 0
  #beganAt = 0
  #shownAt = -Infinity
  #label = ''

  constructor(
    stream: Pick<WriteStream, 'write' | 'isTTY' | 'columns'>,
    now: () => number = () => performance.now(),
  ) {
    this.#stream = stream
    this.#now = now
  }

  log(line: string): void {
    this.#stream.write(`${this.#stream.isTTY ? CLEAR : ''}octet: ${inert(line, LONGEST_LINE)}\n`)
  }

  warn(text: string): void {
    if (this.#warned.has(text)) return
    this.#warned.add(text)
    this.log(text)
  }

  begin(total: number): void {
    this.#total = total
    this.#done = 0
    this.#beganAt = this.#now()
  }

  stage(label: string): void {
    this.#label = inert(label)
    this.#show()
  }

  advance(units: number): void {
    this.#done += units
    this.#show()
  }

  end(): void {
    if (this.#stream.isTTY) this.#stream.write(CLEAR)
  }

  #show(): void {
    const line = this.#line()
    if (this.#stream.isTTY) {
      this.#stream.write(`${CLEAR}${line.slice(0, (this.#stream.columns || 80) - 1)}`)
      return
    }
    if (this.#total === 0 || this.#now() - this.#shownAt < PLAIN_INTERVAL_MS) return
    this.#shownAt = this.#now()
    this.#stream.write(`${line}\n`)
  }

  #line(): string {
    if (this.#total === 0 || this.#done === 0) return this.#label
    const share = this.#done / this.#total
    const left = ((this.#now() - this.#beganAt) * (1 - share)) / share
    return `${Math.floor(100 * share)}%, ${duration(left)} left  ${this.#label}`
  }
}
