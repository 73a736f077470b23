import type { Check, Host } from '@octet/core'
import { UNHEARD, type Warn } from '../cache/warn.ts'
import type { Candidate } from '../open/source.ts'
import { deviceKey } from '../tune/bucket.ts'
import type { MatrixConfig } from '../wgsl/target.ts'
import type { Conformance } from './judge.ts'
import { kindsOf, type Component } from './kinds.ts'
import { trialOf, type Trial, type KnownTrials } from './trials.ts'

/** The subgroup matrices that Octet trusts a device with. */
export interface Trust {
  /** The matrices that have passed their conformance cases with this driver. */
  readonly matrices: readonly MatrixConfig[]
  /** Tries the untried matrices, and returns all that have passed. Absent if there is nothing to try. */
  readonly tryOthers?: () => Promise<readonly MatrixConfig[]>
}

/** Runs trials of matrices, and stores the verdicts. */
export interface TrialRunner {
  readonly known: KnownTrials
  /** Undefined if the trial gives no verdict on the driver. */
  readonly tryOut: (component: Component) => Promise<Conformance | undefined>
  readonly keep: (added: KnownTrials) => Promise<void>
}

/**
 * The trust in an adapter's subgroup matrices. A browser uses none, because a page has no separate process in which a
 * driver may crash.
 */
export async function trustOf(
  candidate: Candidate,
  { runtime, warn = UNHEARD }: Pick<Host, 'runtime' | 'warn'>,
): Promise<Trust> {
  const { target, offered } = candidate
  if (offered.length === 0 || runtime === 'browser') return { matrices: target.matrices }
  return trustBy(candidate, await runnerOf(candidate, warn), warn)
}

/** Like `trustOf`, with a given runner. */
export function trustBy(
  { info, target, offered }: Candidate,
  { known, tryOut, keep }: TrialRunner,
  warn: Warn,
): Trust {
  const kinds = kindsOf(target, offered)
  const trials = new Map(kinds.map((kind) => [kind.component, trialOf(kind, known)]))
  const passed = (): MatrixConfig[] =>
    offered.filter(({ component }) => trials.get(component)?.passed === true)
  const untried = kinds.filter(({ component }) => trials.get(component) === undefined)
  if (untried.length === 0) return { matrices: passed() }
  const tryOthers = async (): Promise<readonly MatrixConfig[]> => {
    warn(`${info.id}: subgroup matrices are tried in separate processes, once for this driver`)
    for (const { component, shaders } of untried) {
      const found = await tryOut(component)
      if (found?.passed !== true)
        warn(`${info.id}: ${component} matrices are not used: ${found?.reason ?? 'they could not be tried'}`)
      if (found === undefined) continue
      const trial: Trial = { ...found, shaders }
      trials.set(component, trial)
      await keep({ [component]: trial })
    }
    return passed()
  }
  return { matrices: passed(), tryOthers }
}

/** Remarks on an adapter's subgroup matrices, for `octet doctor`. */
export async function matrixChecks(candidate: Candidate, { warn = UNHEARD }: Host): Promise<Check[]> {
  const { info, target, offered } = candidate
  if (offered.length === 0) return []
  const { known } = await runnerOf(candidate, warn)
  return kindsOf(target, offered).map((kind): Check => {
    const subject = `${kind.component} matrices of ${info.id}`
    const trial = trialOf(kind, known)
    if (trial === undefined)
      return {
        subject,
        ok: true,
        detail:
          'not used, because they have not been tried with this driver; octet kernels --tune 60 tries them',
      }
    return trial.passed
      ? { subject, ok: true, detail: `used: ${trial.tried} conformance cases passed with this driver` }
      : {
          subject,
          ok: false,
          detail: `not used: ${trial.reason}`,
          mend: 'Update the driver: octet kernels --tune 60 tries them again with another one.',
        }
  })
}

async function runnerOf({ info, target, offered }: Candidate, warn: Warn): Promise<TrialRunner> {
  const { addTrials, trialsFile } = await import('./node/store.ts')
  const { tryMatrices } = await import('./node/trial.ts')
  const key = deviceKey(info, { ...target, matrices: offered })
  const file = trialsFile(warn)
  return {
    known: (await file.read()).devices[key] ?? {},
    tryOut: (component) => tryMatrices({ adapter: info.id, component }, { warn }),
    keep: (added) => addTrials(file, key, added),
  }
}
