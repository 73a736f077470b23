import { constants } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BAD_INPUT, FAILED } from '../process/exit.ts'
import { forkChild } from '../process/fork.ts'
import { resumeCommand } from '../show/resume.ts'
import { StreamReporter } from '../show/reporter.ts'
import { listen } from './listen.ts'
import type { Work } from './witness.ts'

/** This path is relative to the package's folder, both from source and from `dist`. */
const CHILD = fileURLToPath(new URL('../../dist/supervise/child.js', import.meta.url))

/**
 * The longest silence of a package in seconds, unless OCTET_PATIENCE_S sets another. No machine and no load makes a
 * package that slow.
 */
const PATIENCE_S = 600

/**
 * Runs a command line in a child process that shares this terminal, and returns its exit code. If a kernel package ends
 * that process, or is silent for too long, one line names the package and tells how to continue without it. The run's
 * journal records the event, and the exit code is 1.
 */
export async function supervise(args: readonly string[]): Promise<number> {
  const reporter = new StreamReporter(process.stderr)
  const given = process.env['OCTET_PATIENCE_S'] || String(PATIENCE_S)
  const patienceS = Number(given)
  if (!(patienceS > 0 && patienceS < Infinity)) {
    reporter.log(`OCTET_PATIENCE_S is "${given}": give it a number of seconds above 0`)
    return BAD_INPUT
  }
  const { execArgv } = process
  const child = forkChild(CHILD, ['inherit', 'inherit', 'inherit'], { execArgv }, args)
  let folder: string | undefined
  const end = await listen(child, 1000 * patienceS, (kept) => (folder = kept))
  if (end.kind === 'done') return end.code
  const kept =
    folder === undefined
      ? 'nothing was measured yet'
      : `the finished cells are kept: ${resumeCommand(folder)}`
  if (end.kind === 'stopped') {
    reporter.log(`stopped; ${kept}`)
    return 128 + constants.signals[end.signal]
  }
  const { work, how, hang } = end.fall
  if (work === undefined) reporter.log(`the sweep ${how}; ${kept}`)
  else {
    const device = work.adapter === undefined ? work.kernels : `${work.kernels}/${work.adapter}`
    const without =
      folder === undefined
        ? `: --kernels takes a list without ${work.kernels}`
        : ` goes on without ${work.kernels}`
    const longer = hang ? '; OCTET_PATIENCE_S gives it longer' : ''
    reporter.log(`${device} ${how}, while ${work.doing}${longer}; ${kept}${without}`)
    if (folder !== undefined) await keep(folder, work, how)
  }
  return FAILED
}

/** Records in the run's journal how a package ended the process, so that a resumed run leaves the package out. */
async function keep(folder: string, { kernels, doing }: Work, how: string): Promise<void> {
  // The modules are loaded here because this process otherwise only waits and does not use them.
  const [{ Journal }, { JOURNAL }] = await Promise.all([
    import('../store/journal.ts'),
    import('../store/run-folder.ts'),
  ])
  const journal = new Journal(join(folder, JOURNAL))
  journal.append({ kind: 'fall', fall: { kernels, what: `${how}, while ${doing}` } })
  journal.close()
}
