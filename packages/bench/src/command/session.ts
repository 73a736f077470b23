import type { Reporter } from '../show/reporter.ts'
import { StreamReporter } from '../show/reporter.ts'
import { UNWATCHED, type Witness } from '../supervise/witness.ts'

/** The outputs of a command line. */
export interface Session {
  readonly reporter: Reporter
  /** Writes an answer to stdout. */
  readonly print: (text: string) => void
  /** Receives the current step of a sweep. */
  readonly witness: Witness
}

/** A session on this process's streams. No other process watches it. */
export function processSession(): Session {
  return {
    reporter: new StreamReporter(process.stderr),
    print: (text) => void process.stdout.write(text),
    witness: UNWATCHED,
  }
}

/** A session whose verbs return their exit codes. */
export interface Invocation extends Session {
  /** The action of a verb, whose result is the exit code. */
  action<Args extends unknown[]>(
    run: (...args: Args) => number | Promise<number>,
  ): (...args: Args) => Promise<void>
}
