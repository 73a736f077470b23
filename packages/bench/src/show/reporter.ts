import type { WriteStream } from 'node:tty'
import { inert } from '@octet/core'
import { duration } from './number.ts'

/** Receives progress and remarks of a command. They are separate from its answer. */
export interface Reporter {
  /** Writes one permanent line: a warning or a fault. */
  log(line: string): void
  /** Writes one permanent line that only reports what Octet does. */
  note(line: string): void
  /** Writes a notice of a kernel package as a permanent line. The same text is written only once. */
  warn(text: string): void
  /** Starts the clock for `total` units of work. */
  begin(total: number): void
  /** Names the current work. */
  stage(label: string): void
  /** Counts units of work as done. */
  advance(units: number): void
  /** Removes the line of progress. */
  end(): void
}

/** A reporter that ignores everything. */
export const SILENT: Reporter = {
  log: () => {},
  note: () => {},
  warn: () => {},
  begin: () => {},
  stage: () => {},
  advance: () => {},
  end: () => {},
}

/** A reporter that passes on warnings and faults alone. */
export function quietened(reporter: Reporter): Reporter {
  return { ...SILENT, log: (line) => reporter.log(line), warn: (text) => reporter.warn(text) }
}

/** The shortest time between two plain lines of progress. */
const PLAIN_INTERVAL_MS = 5000
/** The most characters of a permanent line. */
const LONGEST_LINE = 3000
/** Replaces the clock and the environment of this process. */
interface ReporterSettings {
  readonly now?: () => number
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** Clears the line of a terminal. */
const CLEAR = '\r\u001B[K'

/**
 * Reports to a stream. On a terminal, one line shows the progress and is rewritten. Otherwise, plain lines show it from
 * time to time, after the work has begun. TERM=dumb and NO_COLOR ask for plain lines on a terminal as well. The
 * remaining time is extrapolated from the work done so far.
 */
export class StreamReporter implements Reporter {
  readonly #stream: Pick<WriteStream, 'write' | 'isTTY' | 'columns'>
  /** Whether the line of progress is rewritten. */
  readonly #rewrites: boolean
  readonly #now: () => number
  readonly #warned = new Set<string>()
  #total = 0
  #done = 0
  #beganAt = 0
  #shownAt = -Infinity
  #label = ''

  constructor(
    stream: Pick<WriteStream, 'write' | 'isTTY' | 'columns'>,
    { now = () => performance.now(), env = process.env }: ReporterSettings = {},
  ) {
    this.#stream = stream
    this.#rewrites = stream.isTTY && env['TERM'] !== 'dumb' && !env['NO_COLOR']
    this.#now = now
  }

  log(line: string): void {
    this.#stream.write(`${this.#rewrites ? CLEAR : ''}octet: ${inert(line, LONGEST_LINE)}\n`)
  }

  note(line: string): void {
    this.log(line)
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
    if (this.#rewrites) this.#stream.write(CLEAR)
  }

  #show(): void {
    const line = this.#line()
    if (this.#rewrites) {
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
