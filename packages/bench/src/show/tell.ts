/** Tells the user something beside the answer: one line on stderr. */
export function tell(line: string): void {
  process.stderr.write(`octet: ${line}\n`)
}
