import type { Finding, Host } from '@octet/core'
import { note } from '../cache/note.ts'
import type { Candidate } from '../open/source.ts'
import { deviceKey } from '../tune/bucket.ts'
import type { MatrixConfig } from '../wgsl/target.ts'
import type { Conformance } from './judge.ts'
import { kindsOf, type Component } from './kinds.ts'
import { verdictOn, type Verdict, type Verdicts } from './verdicts.ts'

/** Which subgroup matrices a device may be trusted with. */
export interface Trust {
  /** Those that have passed their conformance with this driver. */
  readonly matrices: readonly MatrixConfig[]
  /**
   * Tries those that nobody has tried, and returns all that have passed then; left out where there is nothing to try.
   */
  readonly tryOthers?: () => Promise<readonly MatrixConfig[]>
}

/** How matrices are tried, and what is remembered of it. */
export interface Trials {
  readonly known: Verdicts
  /** Undefined where the trial says nothing of the driver. */
  readonly tryOut: (component: Component) => Promise<Conformance | undefined>
  readonly keep: (added: Verdicts) => Promise<void>
}

/**
 * What is known of an adapter's subgroup matrices. In a browser none are used: a page has no process of its own in
 * which a driver may crash.
 */
export async function trustOf(candidate: Candidate, runtime: Host['runtime']): Promise<Trust> {
  const { target, offered } = candidate
  if (offered.length === 0 || runtime === 'browser') return { matrices: target.matrices }
  return trustBy(candidate, await trialsOf(candidate))
}

/** The same by trials that are told. */
export function trustBy({ info, target, offered }: Candidate, { known, tryOut, keep }: Trials): Trust {
  const kinds = kindsOf(target, offered)
  const verdicts = new Map(kinds.map((kind) => [kind.component, verdictOn(kind, known)]))
  const passed = (): MatrixConfig[] =>
    offered.filter(({ component }) => verdicts.get(component)?.passed === true)
  const untried = kinds.filter(({ component }) => verdicts.get(component) === undefined)
  if (untried.length === 0) return { matrices: passed() }
  const tryOthers = async (): Promise<readonly MatrixConfig[]> => {
    note(`${info.id}: subgroup matrices are tried in processes of their own, once for this driver`)
    for (const { component, shaders } of untried) {
      const found = await tryOut(component)
      if (found?.passed !== true)
        note(`${info.id}: ${component} matrices are not used: ${found?.reason ?? 'they could not be tried'}`)
      if (found === undefined) continue
      const verdict: Verdict = { ...found, shaders }
      verdicts.set(component, verdict)
      await keep({ [component]: verdict })
    }
    return passed()
  }
  return { matrices: passed(), tryOthers }
}

/** What there is to tell of an adapter's subgroup matrices, for `octet doctor`. */
export async function matrixFindings(candidate: Candidate): Promise<Finding[]> {
  const { info, target, offered } = candidate
  if (offered.length === 0) return []
  const { known } = await trialsOf(candidate)
  return kindsOf(target, offered).map((kind): Finding => {
    const subject = `${kind.component} matrices of ${info.id}`
    const verdict = verdictOn(kind, known)
    if (verdict === undefined)
      return {
        subject,
        ok: true,
        detail: 'not used, as nobody has tried them with this driver; octet kernels --tune does',
      }
    return verdict.passed
      ? { subject, ok: true, detail: `used: ${verdict.tried} conformance cases passed with this driver` }
      : {
          subject,
          ok: false,
          detail: `not used: ${verdict.reason}`,
          mend: 'Update the driver: octet kernels --tune tries them again with another one.',
        }
  })
}

async function trialsOf({ info, target, offered }: Candidate): Promise<Trials> {
  const { addVerdicts, readVerdicts } = await import('./node/store.ts')
  const { tryMatrices } = await import('./node/trial.ts')
  const key = deviceKey(info, { ...target, matrices: offered })
  return {
    known: (await readVerdicts()).devices[key] ?? {},
    tryOut: (component) => tryMatrices({ adapter: info.id, component }),
    keep: (added) => addVerdicts(key, added),
  }
}
