import { sumsPastInt32, type OpSpec } from '@octet/core'
import { isStored } from '../wgsl/element.ts'
import type { Target } from '../wgsl/target.ts'
import { BINARY } from './binary.ts'
import { clip } from './clip.ts'
import { concat } from './concat.ts'
import { conv } from './conv.ts'
import { dequantizeLinear } from './dequantize-linear.ts'
import { oneKind } from './dtypes.ts'
import { gemm } from './gemm.ts'
import { matMul } from './matmul.ts'
import { move } from './move.ts'
import { normalize } from './normalize.ts'
import type { Computes, Op, Variant } from './op.ts'
import { averagePool, maxPool } from './pool.ts'
import { quantizeLinear } from './quantize-linear.ts'
import { reshape } from './reshape.ts'
import { softmax } from './softmax.ts'
import { UNARY } from './unary.ts'

/** Ops with a kernel in this package. Other ops run on the reference. */
const OPS: { readonly [Name in OpSpec['op']]?: Op<Name> } = {
  ...BINARY,
  ...UNARY,
  Conv: conv,
  Gemm: gemm,
  MatMul: matMul,
  Concat: concat,
  MaxPool: maxPool,
  AveragePool: averagePool,
  Clip: clip,
  Reshape: reshape,
  Move: move,
  Softmax: softmax,
  Normalize: normalize,
  QuantizeLinear: quantizeLinear,
  DequantizeLinear: dequantizeLinear,
}

/** The record of a spec's op, which takes only specs of that op. */
export function opOf({ op }: OpSpec): Computes<OpSpec> | undefined {
  return OPS[op] as Computes<OpSpec> | undefined
}

/**
 * The variants that compute a spec on a target, all valid there, or the reason why there is none. The first is the
 * default: the most suitable variant for such adapters by measurements so far.
 */
export function plan(spec: OpSpec, target: Target): readonly Variant[] | { readonly reason: string } {
  const op = opOf(spec)
  if (op === undefined) return { reason: `${spec.op} has no WGSL kernel` }
  const reason = obstacle(spec, op)
  if (reason !== undefined) return { reason }
  const built = op.build(spec, target)
  return 'code' in built ? [{ name: 'direct', build: () => built }] : built
}

function obstacle(spec: OpSpec, { dtypes = oneKind, rank, declines }: Computes<OpSpec>): string | undefined {
  // Q31 products take 64 bits, which WGSL lacks.
  if ('fixedPoint' in spec) return 'rescales by float32 multipliers only, not in fixed point'
  const tensors = [...spec.inputs, spec.output]
  const odd = tensors.find(({ dtype }) => !isStored(dtype))
  if (odd) return `${odd.dtype} tensors are not supported`
  const reason = dtypes(spec)
  if (reason !== undefined) return reason
  if (tensors.some(({ shape }) => shape.includes(0))) return 'a tensor has no elements'
  if (rank !== undefined && tensors.some(({ shape }) => shape.length !== rank))
    return `takes tensors of rank ${rank} only`
  return declines?.(spec) ?? sumsPastInt32(spec)
}
