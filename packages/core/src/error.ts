/**
 * A fault the user can mend: bad input, a missing file, an op that cannot run. Its message is one line that says
 * what is wrong and where; `mend` says how to put it right. Commands print it without a stack trace.
 */
export class OctetError extends Error {
  override readonly name = 'OctetError'
  readonly mend: string | undefined

  constructor(message: string, mend?: string) {
    super(message)
    this.mend = mend
  }
}
