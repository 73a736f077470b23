import { sumsPastInt32, type Constants, type OpSpec } from '@octet/core'
import { argMax } from './argmax.ts'
import { BINARY } from './binary.ts'
import { clip } from './clip.ts'
import { concat } from './concat.ts'
import { conv } from './conv.ts'
import { dequantizeLinear } from './dequantize-linear.ts'
import { gemm } from './gemm.ts'
import { layerNormalization } from './layer-normalization.ts'
import { matMul } from './matmul.ts'
import { move } from './move.ts'
import { normalize } from './normalize.ts'
import type { Computes, Op, Plan, RelaxedDot, Workshop } from './op.ts'
import { averagePool, maxPool } from './pool.ts'
import { quantizeLinear } from './quantize-linear.ts'
import { reshape } from './reshape.ts'
import { softmax } from './softmax.ts'
import { UNARY } from './unary.ts'
import { where } from './where.ts'

/** The ops with a kernel in this package. Other ops run on the reference. */
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
  LayerNormalization: layerNormalization,
  ArgMax: argMax,
  Where: where,
  Normalize: normalize,
  QuantizeLinear: quantizeLinear,
  DequantizeLinear: dequantizeLinear,
}
const DTYPES: ReadonlySet<string> = new Set(['float32', 'float16', 'int8'])

/** The record of a spec's op, which takes only specs of that op. */
function opOf({ op }: OpSpec): Computes<OpSpec> | undefined {
  return OPS[op] as Computes<OpSpec> | undefined
}

/** The kernel calls of an op, with its constants in memory. `obstacle` must be undefined for the spec. */
export function planOp(spec: OpSpec, constants: Constants, workshop: Workshop): Plan {
  return opOf(spec)!.plan(spec, constants, workshop)
}

/** The variants of an op, the preferred variant first. A single variant has no name. */
export function variantsOf(spec: OpSpec, relaxed: RelaxedDot | undefined): readonly string[] {
  return opOf(spec)?.variants?.(spec, relaxed) ?? []
}

/** The reason why an op cannot be computed by this package. Undefined if it can. */
export function obstacle(spec: OpSpec): string | undefined {
  const op = opOf(spec)
  if (op === undefined) return `there is no kernel for ${spec.op}`
  if ('fixedPoint' in spec && spec.fixedPoint !== undefined)
    return 'integer-only rescaling runs on the reference'
  const strange = [...spec.inputs, spec.output].find(({ dtype }) => !DTYPES.has(dtype))
  if (strange !== undefined) return `${strange.dtype} tensors are not supported`
  return sumsPastInt32(spec) ?? op.declines?.(spec)
}
