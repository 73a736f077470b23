import {
  type DeviceInfo,
  type Check,
  type Host,
  isDevice,
  type KernelPackage,
  type Unavailable,
} from '@octet/core'
import type { TrialOutcome } from './trial.ts'
import { checkOf, withheldBy, withholding } from './withheld.ts'

export interface GuardOptions {
  /** Tries the package again. */
  readonly again: (host: Host) => Promise<TrialOutcome>
  /** The ops to withhold: all that failed, or only ops that hang or end the process. */
  readonly withhold: 'failures' | 'falls'
  /** Called once for each withheld op. */
  readonly onWithheld: (check: Check) => void
}

/**
 * Limits a package to the result of its trial: it declines ops that failed, and a broken package has no device. If the
 * device differs from the tried device, e.g. after a change of driver, it is tried first.
 */
export function guard(
  kernels: KernelPackage,
  outcome: TrialOutcome,
  { again, withhold, onWithheld }: GuardOptions,
): KernelPackage {
  const { id, contract } = kernels
  if (outcome.broken !== undefined) return { id, contract, open: async () => unavailable(outcome.broken!) }
  const reported = new Set<string>()
  let current = outcome
  return {
    id,
    contract,
    open: async (host) => {
      const opened = await kernels.open(host)
      if (!isDevice(opened)) return opened
      if (!sameDevice(current.device, opened.info)) current = { ...(await again(host)), device: opened.info }
      if (current.broken !== undefined) return unavailable(current.broken)
      const withheld = withheldBy(current, withhold)
      for (const one of withheld.filter(({ reason }) => !reported.has(reason))) {
        reported.add(one.reason)
        onWithheld(checkOf(id, one))
      }
      return withholding(opened, withheld)
    },
    ...(kernels.adapters && { adapters: async (host: Host) => kernels.adapters!(host) }),
    ...(kernels.diagnose && { diagnose: async (host: Host) => kernels.diagnose!(host) }),
  }
}

function unavailable(broken: string): Unavailable {
  return {
    unavailable: broken,
    mend: 'Fix the package, or take "octet" out of its package.json; octet doctor tries it again',
  }
}

function sameDevice(tried: DeviceInfo | undefined, opened: DeviceInfo): boolean {
  return tried?.id === opened.id && tried.name === opened.name && tried.driver === opened.driver
}
