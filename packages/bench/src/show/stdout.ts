type Write = typeof process.stdout.write

/**
 * Reserves stdout for answers, and returns the function that writes them. Everything else that this process writes to
 * stdout, e.g. the log of a kernel package, goes to stderr. With `--json -`, stdout therefore has only JSON.
 */
export function reserveStdout(): Write {
  const write = process.stdout.write.bind(process.stdout)
  process.stdout.write = process.stderr.write.bind(process.stderr)
  return write
}

/** Resolves after everything that `write` wrote to stdout, and everything on stderr, is out. */
export async function flush(write: Write): Promise<void> {
  const writes = [write, process.stderr.write.bind(process.stderr)]
  await Promise.all(writes.map((one) => new Promise((resolve) => one('', resolve))))
}
