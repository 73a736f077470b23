import { pathToFileURL } from 'node:url'
import type { Finding, Host, KernelPackage } from '@octet/core'
import type { ConformanceCase } from '@octet/core/conformance'
import type { MissingDevice } from '../discover/missing-device.ts'
import { tell } from '../show/tell.ts'
import { guard, type GuardOptions } from './guard.ts'
import { type Candidate, KeptVerdict } from './kept.ts'
import type { Task } from './task.ts'
import { tryPackage, type TrialOptions, type Verdict } from './verdict.ts'

/** How packages are tried before they are trusted. */
export interface Vetting extends Omit<TrialOptions, 'onWait'> {
  readonly host: Host
  /** Ids of the packages that will be opened. Left out: all. */
  readonly wanted?: readonly string[]
  /** Calls beside `open` that will be made. */
  readonly asks?: Task['asks']
  /** Conformance cases to judge. */
  readonly cases: readonly ConformanceCase[]
  /** Packages that an earlier part of the run did not come out of: none of their code runs in this process. */
  readonly fallen?: readonly MissingDevice[]
  /** Which ops are withheld: all that fail a case, or those that hang or end their process; all unless told. */
  readonly withhold?: 'failures' | 'falls'
  /** Tries although an earlier verdict is known. */
  readonly fresh?: boolean
  /** Where verdicts are kept; octet's cache folder unless told. */
  readonly cache?: string
  /** Called for each op that is withheld; by default it writes to stderr. */
  readonly tell?: (finding: Finding) => void
}

/** What a package may be trusted with. */
export interface Vetted {
  readonly verdict: Verdict
  /** The package, once it is imported, held to its verdict. */
  readonly guard: (kernels: KernelPackage) => KernelPackage
}

/** Tries a package in a process of its own, unless what came of it is known from an earlier time. */
export async function vet(candidate: Candidate, vetting: Vetting): Promise<Vetted> {
  const { wanted, asks, cases, fresh = false, cache } = vetting
  const trial = async (host: Host, known: boolean): Promise<Verdict> => {
    const task = {
      entry: pathToFileURL(candidate.entry).href,
      host,
      ...(wanted && { wanted }),
      ...(asks && { asks }),
    }
    const kept = new KeptVerdict(candidate, { ...task, cases: cases.map(({ name }) => name) }, cache)
    const earlier = known ? kept.read() : undefined
    if (earlier !== undefined) return earlier
    const verdict = await tryPackage(task, cases, {
      ...vetting,
      onWait: (words) => tell(`${candidate.name}: ${words}`),
    })
    if (verdict.lasting) kept.write(verdict)
    return verdict
  }
  const verdict = await trial(vetting.host, !fresh)
  const options: GuardOptions = {
    again: (host) => trial(host, false),
    withhold: vetting.withhold ?? 'failures',
    tell: vetting.tell ?? tellFinding,
  }
  return { verdict, guard: (kernels) => guard(kernels, verdict, options) }
}

/** Tells what is wrong as one line on stderr. */
export function tellFinding({ subject, detail, mend }: Finding): void {
  tell(`${subject}: ${detail}${mend === undefined ? '' : `. ${mend}`}`)
}
