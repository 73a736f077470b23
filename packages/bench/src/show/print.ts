type Write = typeof process.stdout.write

/** How stdout is written to, where it is kept for answers. */
let kept: Write | undefined

/** Writes an answer to stdout. */
export function print(text: string): void {
  if (kept === undefined) process.stdout.write(text)
  else kept(text)
}

/**
 * Sends whatever else this process writes to stdout, as a kernel package may that logs, to stderr: with `--json -`
 * there is nothing but JSON on stdout.
 */
export function keepStdoutForAnswers(): void {
  kept = process.stdout.write.bind(process.stdout)
  process.stdout.write = process.stderr.write.bind(process.stderr)
}

/** Resolves when all that was written is out. */
export async function flush(): Promise<void> {
  const { stdout, stderr } = process
  const writes = [kept ?? stdout.write.bind(stdout), stderr.write.bind(stderr)]
  await Promise.all(writes.map((write) => new Promise((resolve) => write('', resolve))))
}
