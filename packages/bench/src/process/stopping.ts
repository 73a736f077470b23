import type { Reporter } from '../show/reporter.ts'
import { exit } from './exit.ts'

/** Signals that stop a program, with their usual exit codes in shells: 128 plus the signal's number. */
const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
const SIGNALS = Object.keys(CODES) as (keyof typeof CODES)[]

/**
 * Makes a signal that stops this process print one line and end with the signal's exit code. Returns a function that
 * removes the handlers.
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
