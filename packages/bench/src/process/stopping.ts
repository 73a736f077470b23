import type { Reporter } from '../show/reporter.ts'
import { exit } from './exit.ts'

/** Signals that stop a program, with the exit codes that shells know them by: 128 and the signal's number. */
const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
const SIGNALS = Object.keys(CODES) as (keyof typeof CODES)[]

/**
 * From here on a signal that stops this process ends it with one line and the signal's exit code. Returns how to take
 * that back.
 */
export function onStop(reporter: Reporter, line: () => string): () => void {
  const stop = (signal: NodeJS.Signals): void => {
    reporter.log(line())
    exit(CODES[signal as keyof typeof CODES])
  }
  for (const signal of SIGNALS) process.once(signal, stop)
  return () => {
    for (const signal of SIGNALS) process.off(signal, stop)
  }
}
