/** Everything went as asked. */
export const DONE = 0
/** A cell failed, a check did not hold, or octet itself is at fault. */
export const FAILED = 1
/** The command line or the data is at fault. */
export const BAD_INPUT = 2

/** Ends this process at once: GPU bindings may hang or crash where they are collected at the end of a process. */
export function exit(code: number): never {
  process.exit(code)
}
