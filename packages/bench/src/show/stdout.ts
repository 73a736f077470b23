type Write = typeof process.stdout.write

/**
 * Keeps stdout for answers, and returns how they are written there. Whatever else this process writes to stdout, as a
 * kernel package may that logs, goes to stderr: with `--json -` there is nothing but JSON on stdout.
 */
export function reserveStdout(): Write {
  const write = process.stdout.write.bind(process.stdout)
  process.stdout.write = process.stderr.write.bind(process.stderr)
  return write
}

/** Resolves when all that was written to stdout by `write`, and to stderr, is out. */
export async function flush(write: Write): Promise<void> {
  const writes = [write, process.stderr.write.bind(process.stderr)]
  await Promise.all(writes.map((one) => new Promise((resolve) => one('', resolve))))
}
