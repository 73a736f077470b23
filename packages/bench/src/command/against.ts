import { Option } from 'commander'
import type { Command } from 'commander'
import { OctetError } from '@octet/core'
import { buildAt, openBase } from '../against/build.ts'
import { type BuildComparison, compareBuilds } from '../against/compare-builds.ts'
import type { DuelEffort } from '../against/duel.ts'
import { openPair } from '../against/processes.ts'
import type { Subject } from '../against/protocol.ts'
import { workspaceRoot } from '../discover/workspace.ts'
import { onStop } from '../process/stopping.ts'
import { describeMachine } from '../machine/machine.ts'
import { DONE, FAILED } from '../process/exit.ts'
import { buildComparisonLines } from '../show/builds.ts'
import { answer } from './answer.ts'
import { flagGiven } from './option.ts'
import type { Session } from './session.ts'

const FULL: DuelEffort = { rounds: 41, regionNs: 6e6, budgetNs: 2e9 }
const QUICK: DuelEffort = { rounds: 31, regionNs: 3e6, budgetNs: 0.5e9 }

/** `--against REF`. */
export function againstOption(what: string): Option {
  return new Option(
    '--against <ref>',
    `compare the time of ${what} with another build, process beside process: a commit, which is built ` +
      'in a temporary folder, or the folder of a built checkout (default: none)',
  )
}

/** @throws OctetError for a flag that `--against` does not use. */
export function refuseBeside(command: Command, refused: ReadonlySet<string>): void {
  const extra = flagGiven(command, (name) => refused.has(name))
  if (extra !== undefined)
    throw new OctetError(
      '--against compares only times, of programs that it loads itself',
      `leave ${extra} out`,
    )
}

/** The answer of `--against`. */
export interface Against extends BuildComparison {
  readonly ref: string
  readonly base: { readonly commit: string; readonly dirty: boolean }
  readonly head: { readonly commit: string; readonly dirty: boolean }
  /** Fingerprint of the machine. */
  readonly machine: string
}

/** Compares this build with another build. Exit 1 if this build lost a program or nothing was compared. */
export async function against(
  ref: string,
  subject: Subject,
  { quick, json }: { readonly quick: boolean; readonly json?: string | undefined },
  session: Session,
): Promise<number> {
  const { reporter } = session
  const root = workspaceRoot()
  const head = buildAt(root)
  const unstop = onStop(reporter, () => 'stopped; a comparison keeps no results')
  try {
    const base = await openBase(ref, root, reporter)
    try {
      const open = (index: number) => openPair(base, head, subject, index)
      const compared = await compareBuilds(open, quick ? QUICK : FULL, reporter)
      const found: Against = {
        ref,
        base: { commit: base.commit, dirty: base.dirty },
        head: { commit: head.commit, dirty: head.dirty },
        machine: describeMachine([]).fingerprint,
        ...compared,
      }
      answer(session, json, found, buildComparisonLines(found).join('\n'))
      return compared.holds ? DONE : FAILED
    } finally {
      base.remove()
    }
  } finally {
    unstop()
  }
}
