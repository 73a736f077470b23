import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import { endChild, ended } from '../process/fork.ts'
import type { Report } from './report.ts'
import type { Work } from './witness.ts'

/** Signals that stop a sweep. The child handles them itself, unless its code blocks it. */
const STOPS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const STOP_MS = 1000
/** Signals from other processes. Any other signal has its cause in the process's own code. */
const FROM_OUTSIDE: ReadonlySet<string> = new Set(['SIGKILL', 'SIGQUIT', ...STOPS])

/** The event that ended a process. */
export interface Fall {
  /** The work of the package at fault. Absent if no package can be named. */
  readonly work?: Work
  /** The event, as a clause that follows the name of the package. */
  readonly how: string
  /** Set if this process stopped it. */
  readonly hang?: true
}

/** How a supervised process ended. `signal`: a signal stopped it before it could report. */
export type End =
  | { readonly kind: 'done'; readonly code: number }
  | { readonly kind: 'stopped'; readonly signal: NodeJS.Signals }
  | { readonly kind: 'fallen'; readonly fall: Fall }

/**
 * Listens to a supervised process until it has ended. Ends the process if it is silent in a package's code for longer
 * than `patienceMs`.
 */
export async function listen(
  child: ChildProcess,
  patienceMs: number,
  onFolder: (folder: string) => void,
): Promise<End> {
  /** The last work of each package, by the package's id. */
  const works = new Map<string, Work>()
  let work: Work | undefined
  let said: Extract<Report, { kind: 'fall' | 'done' }> | undefined
  let silentMs = 0
  let hang: End | undefined
  let stopped: NodeJS.Signals | undefined
  child.on('message', (report: Report) => {
    silentMs = 0
    if (report.kind === 'kept-in') onFolder(report.folder)
    if (report.kind === 'enter') {
      work = report.work
      works.set(work.kernels, work)
    }
    if (report.kind === 'leave') work = undefined
    if (report.kind === 'fall' || report.kind === 'done') said ??= report
  })
  const stop = (signal: NodeJS.Signals): void => {
    stopped ??= signal
    child.kill(signal)
    setTimeout(() => endChild(child), STOP_MS).unref()
  }
  for (const signal of STOPS) process.on(signal, stop)
  const tickMs = Math.min(1000, patienceMs / 10)
  // Silence is counted in ticks, so that time in which this process itself did not run does not count.
  const ticker = setInterval(() => {
    silentMs += tickMs
    if (work === undefined || silentMs < patienceMs || hang !== undefined) return
    const how = `was silent for ${patienceMs / 1000} s and was stopped`
    hang = { kind: 'fallen', fall: { how, work, hang: true } }
    endChild(child)
  }, tickMs)
  try {
    const [code, signal] = await ended(child)
    if (said?.kind === 'done') return { kind: 'done', code: said.code }
    if (stopped !== undefined)
      return code === 128 + constants.signals[stopped]
        ? { kind: 'done', code }
        : { kind: 'stopped', signal: stopped }
    if (hang !== undefined) return hang
    if (said !== undefined) {
      const { how, by, own } = said
      return fallen(
        how,
        by === undefined ? (own === true ? undefined : work) : (works.get(by) ?? loading(by)),
      )
    }
    const outside = signal !== null && FROM_OUTSIDE.has(signal)
    return fallen(`ends the process (${signal ?? `exit code ${code}`})`, outside ? undefined : work)
  } finally {
    clearInterval(ticker)
    for (const signal of STOPS) process.off(signal, stop)
  }
}

function fallen(how: string, work: Work | undefined): End {
  return { kind: 'fallen', fall: { how, ...(work && { work }) } }
}

function loading(kernels: string): Work {
  return { kernels, doing: 'it was loaded' }
}
