/** The command succeeded. */
export const DONE = 0
/** A cell failed, a check did not hold, or Octet itself has a fault. */
export const FAILED = 1
/** The command line or the data has a fault. */
export const BAD_INPUT = 2

/** Ends this process immediately. GPU bindings may hang or crash if they are collected at the end of a process. */
export function exit(code: number): never {
  process.exit(code)
}
