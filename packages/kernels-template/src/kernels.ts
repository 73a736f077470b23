import { type Constants, OctetError, type OpSpec } from '@octet/core'
import { gemm } from './gemm.ts'
import type { Kernel, Op } from './kernel.ts'

/** The ops that are written; a further one is its file and a line here. */
const OPS: { readonly [Name in OpSpec['op']]?: Op<Extract<OpSpec, { op: Name }>> } = {
  Gemm: gemm,
}

/**
 * Why an op cannot run here, told by its spec alone; undefined where it can. What is declined runs on the reference,
 * by name.
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

/** The record of a spec's op, which takes specs of that op alone. */
function opOf({ op }: OpSpec): Op<OpSpec> | undefined {
  return OPS[op] as Op<OpSpec> | undefined
}
