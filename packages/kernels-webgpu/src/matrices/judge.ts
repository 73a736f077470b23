import type { KernelDevice } from '@octet/core'
import { conformanceCases, judge } from '@octet/core/conformance'
import { isMatrixName } from '../ops/contract/matrix.ts'

/** The result of the conformance cases that use subgroup matrices. */
export type Conformance =
  | { readonly passed: true; readonly tried: number }
  | { readonly passed: false; readonly reason: string }

/**
 * Judges every case of the conformance kit with every variant that uses subgroup matrices, up to the first failure. A
 * device that computes none of the cases has not passed.
 *
 * @param enter Called for each case before it runs, because the driver may never return.
 */
export async function judgeMatrices(
  device: KernelDevice,
  enter: (what: string) => Promise<void>,
): Promise<Conformance> {
  let tried = 0
  for (const one of conformanceCases()) {
    if (device.supports(one.spec) !== true) continue
    for (const variant of device.variants?.(one.spec) ?? []) {
      if (!isMatrixName(variant)) continue
      const what = `${one.name} by ${variant}`
      await enter(what)
      const { status, detail } = await judge(device, one, variant)
      if (status !== 'passed') return { passed: false, reason: `${what}: ${detail ?? status}` }
      tried++
    }
  }
  return tried > 0
    ? { passed: true, tried }
    : { passed: false, reason: 'no case of the conformance kit is computed by them' }
}
