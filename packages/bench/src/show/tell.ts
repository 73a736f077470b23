import { inert } from '@octet/core'

/** Most characters of a line. */
const MOST = 3000

/** Tells the user something beside the answer: one line on stderr, in place of a progress line that may stand there. */
export function tell(line: string): void {
  process.stderr.write(`${process.stderr.isTTY ? '\r\u001B[K' : ''}octet: ${inert(line, MOST)}\n`)
}
