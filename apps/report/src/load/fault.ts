/** The fault of a source of runs in one line, with the remedy if the error has one. */
export function inOneLine(source: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const mend =
    error instanceof Error && 'mend' in error && typeof error.mend === 'string' ? `; ${error.mend}` : ''
  return `${source}: ${error instanceof SyntaxError ? 'not JSON: ' : ''}${message}${mend}`.replaceAll(
    /\s+/g,
    ' ',
  )
}
