import { type Check, type KernelDevice, type OpSpec, overlay, type Precision, precisionOf } from '@octet/core'
import type { TrialOutcome } from './trial.ts'

/** An op of a package that Octet does not trust in one precision. */
export interface Withheld {
  readonly op: OpSpec['op']
  readonly precision: Precision
  /** The case that it failed, and how. */
  readonly reason: string
}

/**
 * The ops of a package that failed a case, by precision, with the first such case. With `falls`, only the ops that hang
 * or end their process.
 */
export function withheldBy({ results, falls }: TrialOutcome, which: 'failures' | 'falls'): Withheld[] {
  const withheld = new Map<string, Withheld>()
  for (const { case: name, op, precision, status, detail } of results) {
    const key = `${op} ${precision}`
    const counts = which === 'failures' ? status === 'failed' : falls.includes(name)
    if (counts && !withheld.has(key))
      withheld.set(key, { op, precision, reason: `${name}: ${detail ?? 'no detail'}` })
  }
  return [...withheld.values()]
}

/** An op that is not used, the reason, and the remedy. */
export function checkOf(id: string, { op, precision, reason }: Withheld): Check {
  return {
    subject: id,
    ok: false,
    detail: `${op} ${precision} is not used, as it fails conformance (${reason})`,
    mend: `Fix it, or decline it in supports(); octet kernels --kernels ${id} --op ${op} tries every case`,
  }
}

/** The device, which now declines the withheld ops. */
export function withholding(device: KernelDevice, withheld: readonly Withheld[]): KernelDevice {
  if (withheld.length === 0) return device
  const reasons = new Map(withheld.map(({ op, precision, reason }) => [`${op} ${precision}`, reason]))
  const supports = (spec: OpSpec): ReturnType<KernelDevice['supports']> => {
    const reason = reasons.get(`${spec.op} ${precisionOf(spec)}`)
    return reason === undefined ? device.supports(spec) : { reason: `it fails conformance (${reason})` }
  }
  return overlay(device, { supports })
}
