import type { WriteStream } from 'node:tty'
import { inert } from '@octet/core'
import { duration } from './number.ts'

/** Plain lines come at most this often. */
const PLAIN_INTERVAL_MS = 5000

/**
 * How far a sweep is, on stderr: one line that is rewritten when it is a terminal, else plain lines now and then,
 * once the work has begun. Time left is what the work done so far took, carried on to the rest.
 */
export class Progress {
  readonly #stream: Pick<WriteStream, 'write' | 'isTTY' | 'columns'>
  readonly #now: () => number
  #total = 0
  #done = 0
  #beganAt = 0
  #shownAt = -Infinity
  #label = ''

  constructor(
    stream: Pick<WriteStream, 'write' | 'isTTY' | 'columns'> = process.stderr,
    now: () => number = () => performance.now(),
  ) {
    this.#stream = stream
    this.#now = now
  }

  /** Starts the clock over `total` units of work. */
  begin(total: number): void {
    this.#total = total
    this.#beganAt = this.#now()
  }

  /** Says what is being done. */
  note(label: string): void {
    this.#label = inert(label)
    this.#show()
  }

  advance(units: number): void {
    this.#done += units
    this.#show()
  }

  /** Takes the line away. */
  end(): void {
    if (this.#stream.isTTY) this.#stream.write('\r\u001B[K')
  }

  #show(): void {
    const line = this.#line()
    if (this.#stream.isTTY) {
      this.#stream.write(`\r\u001B[K${line.slice(0, (this.#stream.columns || 80) - 1)}`)
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
