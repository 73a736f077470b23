import { inert } from './inert.ts'

/** The most characters of a message and of its remedy. Names in files may have any length. */
const MOST = 1000

/**
 * A fault that the user can mend: bad input, a missing file, an op that cannot run. The message is one line that names
 * the fault and its place; `mend` says how to repair it. Commands print it without a stack trace. Both texts are inert,
 * whatever names of files, nodes or tensors they quote.
 */
export class OctetError extends Error {
  override readonly name = 'OctetError'
  readonly mend: string | undefined

  constructor(message: string, mend?: string) {
    super(inert(message, MOST))
    this.mend = mend === undefined ? undefined : inert(mend, MOST)
  }
}
