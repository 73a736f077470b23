import { pathToFileURL } from 'node:url'
import type { Check, Host, KernelPackage } from '@octet/core'
import type { ConformanceCase } from '@octet/core/conformance'
import type { MissingDevice } from '../discover/missing-device.ts'
import type { Reporter } from '../show/reporter.ts'
import { guard, type GuardOptions } from './guard.ts'
import { type Candidate, KeptOutcome } from './kept.ts'
import type { TrialRequest } from './task.ts'
import { tryPackage, type TrialOptions, type TrialOutcome } from './trial.ts'

/** How Octet tries packages before it trusts them. */
export interface Vetting extends Omit<TrialOptions, 'onWait' | 'onWarn'> {
  readonly host: Host
  /** Ids of the packages to open. Default: all. */
  readonly wanted?: readonly string[]
  /** Further calls besides `open`. */
  readonly asks?: TrialRequest['asks']
  /** Conformance cases to judge. */
  readonly cases: readonly ConformanceCase[]
  /** Packages that ended an earlier part of the run. None of their code runs in this process. */
  readonly fallen?: readonly MissingDevice[]
  /** The ops to withhold: all that fail a case (the default), or only ops that hang or end their process. */
  readonly withhold?: 'failures' | 'falls'
  /** Runs the trial even if an earlier outcome is known. */
  readonly fresh?: boolean
  /** The folder that keeps outcomes. Default: Octet's cache folder. */
  readonly cache?: string
  readonly reporter: Reporter
  /** Called for each withheld op. By default the reporter logs it. */
  readonly onWithheld?: (check: Check) => void
}

/** The ops that Octet trusts a package with. */
export interface Vetted {
  readonly outcome: TrialOutcome
  /** Limits the imported package to its outcome. */
  readonly guard: (kernels: KernelPackage) => KernelPackage
}

/** Tries a package in a separate process, unless the result of an earlier trial is known. */
export async function vet(candidate: Candidate, vetting: Vetting): Promise<Vetted> {
  const { wanted, asks, cases, fresh = false, cache, reporter } = vetting
  const trial = async ({ runtime, adapter }: Host, known: boolean): Promise<TrialOutcome> => {
    const task = {
      entry: pathToFileURL(candidate.entry).href,
      host: { runtime, adapter },
      ...(wanted && { wanted }),
      ...(asks && { asks }),
    }
    const kept = new KeptOutcome(candidate, { ...task, cases: cases.map(({ name }) => name) }, cache)
    const earlier = known ? kept.read() : undefined
    if (earlier !== undefined) return earlier
    const outcome = await tryPackage(task, cases, {
      ...vetting,
      onWarn: (text) => reporter.warn(text),
      onWait: (words) => reporter.note(`${candidate.name}: ${words}`),
    })
    if (outcome.lasting) kept.write(outcome)
    return outcome
  }
  const outcome = await trial(vetting.host, !fresh)
  const options: GuardOptions = {
    again: (host) => trial(host, false),
    withhold: vetting.withhold ?? 'failures',
    onWithheld: vetting.onWithheld ?? ((check) => reporter.log(withheldLine(check))),
  }
  return { outcome, guard: (kernels) => guard(kernels, outcome, options) }
}

/** A withheld op, the reason and the remedy, as one line. */
export function withheldLine({ subject, detail, mend }: Check): string {
  return `${subject}: ${detail}${mend === undefined ? '' : `. ${mend}`}`
}
