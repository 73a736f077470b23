import {
  type KernelDevice,
  type OpSpec,
  precisionOf,
  type KernelPrecision,
  kernelPrecisionOf,
} from '@octet/core'
import { type ConformanceCase, conformanceCases, judge } from '@octet/core/conformance'
import type { KernelResult } from '@octet/results'
import type { RenewableDevice } from '../discover/renewable.ts'
import { messageOf } from '../show/message.ts'
import type { Variants } from './race.ts'

/** A case for which a kernel's result is wrong. */
export interface Failure extends Pick<KernelResult, 'precision' | 'weightBits'> {
  readonly case: string
  readonly op: OpSpec['op']
  /** Absent for the variant that the device picks. */
  readonly variant?: string
  readonly detail: string
}

/** The conformance result of one device. */
export interface Conformity {
  readonly package: string
  readonly adapter: string
  readonly passed: number
  readonly unsupported: number
  readonly failed: readonly Failure[]
}

/** The conformance cases of some ops and precisions. */
export function casesOf(
  ops: ReadonlySet<OpSpec['op']>,
  precisions: readonly KernelPrecision[],
): ConformanceCase[] {
  return conformanceCases({ ops: [...ops] }).filter(({ spec }) =>
    precisions.includes(kernelPrecisionOf(subjectOf(spec))),
  )
}

/**
 * Runs the conformance cases of some ops and precisions on a device, with the variant that it picks or with all
 * variants.
 */
export async function conform(
  renewable: RenewableDevice,
  ops: ReadonlySet<OpSpec['op']>,
  precisions: readonly KernelPrecision[],
  variants: Variants,
): Promise<Conformity> {
  let [passed, unsupported] = [0, 0]
  const failed: Failure[] = []
  for (const one of casesOf(ops, precisions)) {
    const { spec } = one
    const subject = subjectOf(spec)
    for (const variant of named(renewable.device, spec, variants)) {
      // A case that breaks the device has failed. The next case gets a fresh device.
      const { status, detail = 'no detail' } = await renewable
        .use((device) => judge(device, one, variant))
        .catch((error: unknown) => ({ status: 'failed' as const, detail: messageOf(error) }))
      passed += Number(status === 'passed')
      unsupported += Number(status === 'unsupported')
      if (status === 'failed')
        failed.push({ case: one.name, op: spec.op, ...subject, ...(variant && { variant }), detail })
    }
  }
  return { package: renewable.kernels, adapter: renewable.device.info.id, passed, unsupported, failed }
}

function subjectOf(spec: OpSpec): Pick<KernelResult, 'precision' | 'weightBits'> {
  const weightBits = 'weightBits' in spec ? spec.weightBits : undefined
  return { precision: precisionOf(spec), ...(weightBits && { weightBits }) }
}

/** The variants to judge. Undefined means the device's own pick. */
function named(device: KernelDevice, spec: OpSpec, variants: Variants): readonly (string | undefined)[] {
  if (variants === 'picked' || device.supports(spec) !== true) return [undefined]
  return [undefined, ...(device.variants?.(spec) ?? [])]
}
