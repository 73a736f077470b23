import { closeSync, constants, fstatSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Dawn prints this line for every adapter that reports more dynamic buffers than Dawn uses. The user cannot fix it. */
const NOISE = /^Warning: maxDynamic\w+ artificially reduced from .*\n/gm
const STDERR = 2
/**
 * Node keeps the numbers of its last `stat`, and while they are those of a pipe, `require` no longer resolves symbolic
 * links. Node keeps big integers apart.
 */
const BIGINT = { bigint: true } as const

/**
 * Runs a synchronous call without the lines that Dawn prints to standard error each time it meets a software adapter.
 * All other output is passed on. Node cannot duplicate descriptors, so the call sees a file under descriptor 2, and
 * standard error is opened again afterwards. The lines are not hidden if the reopened stream would differ (a file at an
 * offset that others share, as after `> log 2>&1`), or if /proc does not offer it (not Linux, a closed stream, a
 * socket).
 */
export function quietly<T>(work: () => T): T {
  const opened = divert()
  if (opened === undefined) return work()
  try {
    return work()
  } finally {
    const said = restore(opened).replace(NOISE, '')
    if (said !== '') process.stderr.write(said)
  }
}

/** Whether every write goes to the end of the file, even if other processes write. */
function appends(descriptor: number): boolean {
  const [, flags] = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8')) ?? []
  return flags !== undefined && (Number.parseInt(flags, 8) & constants.O_APPEND) !== 0
}

interface Diversion {
  /** A second descriptor of the original standard error. */
  readonly original: number
  readonly folder: string
}

function divert(): Diversion | undefined {
  if (process.platform !== 'linux') return undefined
  let original
  try {
    // open() takes the lowest free descriptor. After 2 is closed, that is 2 if 0 and 1 are open.
    for (const lower of [0, 1]) fstatSync(lower, BIGINT)
    if (fstatSync(STDERR, BIGINT).isFile() && !appends(STDERR)) return undefined
    original = openSync(`/proc/self/fd/${STDERR}`, 'a')
  } catch {
    return undefined
  }
  const folder = mkdtempSync(join(tmpdir(), 'octet-stderr-'))
  closeSync(STDERR)
  openSync(join(folder, 'said'), 'a')
  return { original, folder }
}

/** Restores standard error and returns the captured text. */
function restore({ original, folder }: Diversion): string {
  closeSync(STDERR)
  openSync(`/proc/self/fd/${original}`, 'a')
  closeSync(original)
  const text = readFileSync(join(folder, 'said'), 'utf8')
  rmSync(folder, { recursive: true })
  return text
}
