import type { Kernel } from './kernel.ts'
import { type Constants, OctetError, type OpSpec } from '@octet/core'
import { declinedGemm, prepareGemm } from './gemm.ts'

/**
 * Why an op cannot run here, told by its spec alone; undefined where it can. What is declined runs on the reference,
 * by name.
 */
export function declined(spec: OpSpec): string | undefined {
  return spec.op === 'Gemm' ? declinedGemm(spec) : `${spec.op} is not written yet`
}

/** Packs the constants of an op that is not declined. */
export function prepareKernel(spec: OpSpec, constants: Constants): Kernel {
  const reason = declined(spec)
  if (reason !== undefined || spec.op !== 'Gemm') throw new OctetError(`cannot prepare: ${reason}`)
  return prepareGemm(spec, constants)
}
