import { type Constants, OctetError, type OpSpec } from '@octet/core'
import { gemm } from './gemm.ts'
import type { Kernel, Op } from './kernel.ts'

/** The ops of this package. To add an op, write its file and add a line here. */
const OPS: { readonly [Name in OpSpec['op']]?: Op<Extract<OpSpec, { op: Name }>> } = {
  Gemm: gemm,
}

/**
 * The reason why an op cannot run here, from its spec alone; undefined if it can. A declined op runs on the reference,
 * and results name it.
 */
export function declined(spec: OpSpec): string | undefined {
  const op = opOf(spec)
  return op === undefined ? `${spec.op} is not written yet` : op.declines(spec)
}

/** Packs the constants of an op that is not declined. */
export function prepareKernel(spec: OpSpec, constants: Constants): Kernel {
  const reason = declined(spec)
  if (reason !== undefined) throw new OctetError(`cannot prepare: ${reason}`)
  return opOf(spec)!.prepare(spec, constants)
}

/** The record of a spec's op. It accepts only specs of that op. */
function opOf({ op }: OpSpec): Op<OpSpec> | undefined {
  return OPS[op] as Op<OpSpec> | undefined
}
