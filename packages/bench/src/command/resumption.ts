import { OctetError } from '@octet/core'
import { WriteFault } from '@octet/workloads'
import { systemFault } from '../process/system-fault.ts'
import { resumeCommand } from '../show/resume.ts'
import type { Reporter } from '../show/reporter.ts'
import { changesSince } from '../store/changes.ts'
import { newestBegun } from '../store/run-folder.ts'
import { type BegunRun, readBegun, type StartEntry } from '../store/open-run.ts'

/** The last line after a signal. */
export function stopped(folder: string | undefined): string {
  return folder === undefined
    ? 'stopped before anything was measured'
    : `stopped; the finished cells are kept: ${resumeCommand(folder)}`
}

/** A fault of a run. If resuming can fix it, the fault says how to continue from the finished measurements. */
export function resumable(error: unknown, folder: string, reporter: Reporter): unknown {
  const fault = error instanceof WriteFault ? error : systemFault(error)
  if (fault !== undefined)
    return new OctetError(fault.message, `${fault.mend}, then continue with ${resumeCommand(folder)}`)
  if (!(error instanceof OctetError)) reporter.log(`the finished cells are kept: ${resumeCommand(folder)}`)
  return error
}

/**
 * Takes over the run that `--resume` names: its name in `out`, or its folder. Without a name it takes over the newest
 * run that was cut off.
 * @throws OctetError if there is no such run, if another process holds it, or if its folder cannot be written.
 */
export function takeUp(named: string | true, out: string, reporter: Reporter): BegunRun {
  const run = named === true ? newestBegun(out) : named
  try {
    return readBegun(run, out)
  } catch (error) {
    throw resumable(error, run, reporter)
  }
}

/** @throws OctetError that names the difference, if an interrupted run would continue with other numbers. */
export function refuseChanges({ folder, start }: BegunRun, now: StartEntry): void {
  const changes = changesSince(start, now)
  if (changes.length > 0)
    throw new OctetError(
      `${folder} cannot be resumed: ${changes.join('; ')}`,
      'undo the change, or start a new run',
    )
}
