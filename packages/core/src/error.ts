import { inert } from './inert.ts'

/** Most characters of a message, and of its remedy: names in files may be of any length. */
const MOST = 1000

/**
 * A fault the user can mend: bad input, a missing file, an op that cannot run. Its message is one line that says
 * what is wrong and where; `mend` says how to put it right. Commands print it without a stack trace. Both are inert,
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
