import type { Variant } from './variant.ts'
import { sumsPastInt32, type ConvSpec, type DType, type OpSpec, type TensorSpec } from '@octet/core'
import { isStored } from '../wgsl/element.ts'
import type { Target } from '../wgsl/target.ts'
import { activation } from './activation.ts'
import { concat, concatReason } from './concat.ts'
import { contract } from './contract/contract.ts'
import { dequantizeLinear, normalize, quantizeLinear } from './conversions.ts'
import { dense } from './dense.ts'
import { depthwise, isDepthwise } from './depthwise.ts'
import { clip } from './elementwise.ts'
import { grouped } from './grouped.ts'
import type { Kernel } from './kernel.ts'
import { matMul } from './matmul.ts'
import { add, mul } from './pair.ts'
import { averagePool, maxPool } from './pool.ts'
import { reshape } from './reshape.ts'
import { softmax } from './softmax.ts'

type Builder<Spec extends OpSpec> = (spec: Spec, target: Target) => Kernel | readonly Variant[]

/** Ops that have a kernel here; the others run on the reference. */
const BUILDERS: { readonly [Op in OpSpec['op']]?: Builder<Extract<OpSpec, { op: Op }>> } = {
  Conv: conv,
  Gemm: contract,
  MatMul: matMul,
  Add: add,
  Mul: mul,
  Concat: concat,
  Sigmoid: activation,
  HardSigmoid: activation,
  HardSwish: activation,
  MaxPool: maxPool,
  AveragePool: averagePool,
  Clip: clip,
  Reshape: reshape,
  Softmax: softmax,
  Normalize: normalize,
  QuantizeLinear: quantizeLinear,
  DequantizeLinear: dequantizeLinear,
}

/**
 * The ways to compute a spec on a target, all legal there, or why there is none. The first is the default: what suits
 * such adapters as far as anyone measured.
 */
export function plan(spec: OpSpec, target: Target): readonly Variant[] | { readonly reason: string } {
  const build = BUILDERS[spec.op] as Builder<OpSpec> | undefined
  if (build === undefined) return { reason: `${spec.op} has no WGSL kernel` }
  const reason = modeReason(spec) ?? dtypeReason(spec) ?? shapeReason(spec) ?? sumsPastInt32(spec)
  if (reason !== undefined) return { reason }
  const built = build(spec, target)
  return 'code' in built ? [{ name: 'direct', build: () => built }] : built
}

function conv(spec: ConvSpec, target: Target): Kernel | readonly Variant[] {
  if (isDepthwise(spec)) return depthwise(spec, target)
  const inputs = spec.inputs[0].shape[1] / spec.group
  const outputs = spec.output.shape[1] / spec.group
  const wholeBlocks = spec.group === 1 || (inputs % 4 === 0 && outputs % 4 === 0)
  if (spec.group === 1) return contract(spec, target)
  return wholeBlocks ? dense(spec, target) : grouped(spec, target)
}

function modeReason(spec: OpSpec): string | undefined {
  // Q31 products take 64 bits, which WGSL has not.
  return 'fixedPoint' in spec ? 'rescales by float32 multipliers only, not in fixed point' : undefined
}

function dtypeReason(spec: OpSpec): string | undefined {
  const tensors = [...spec.inputs, spec.output]
  const odd = tensors.find(({ dtype }) => !isStored(dtype))
  if (odd) return `${odd.dtype} tensors are not computed on`
  const from = spec.inputs[0].dtype
  const to = spec.output.dtype
  const change = `${from} to ${to}`
  switch (spec.op) {
    case 'QuantizeLinear':
      return isFloat(from) && !isFloat(to) ? undefined : `quantizes floats to int8, not ${change}`
    case 'DequantizeLinear':
      return !isFloat(from) && isFloat(to) ? undefined : `dequantizes int8 to floats, not ${change}`
    case 'Normalize':
      return isFloat(from) ? undefined : `normalizes floats, not ${change}`
    case 'Softmax':
      return isFloat(from) && isFloat(to) ? undefined : `is computed on floats only, not ${change}`
    case 'MaxPool':
    case 'Clip':
    case 'Reshape':
    case 'Concat':
    case 'Sigmoid':
    case 'HardSigmoid':
    case 'HardSwish':
      return tensors.every(({ dtype }) => dtype === to) ? undefined : `keeps its dtype, so not ${change}`
    default:
      return spec.inputs.every(({ dtype }) => dtype === from) && isFloat(from) === isFloat(to)
        ? undefined
        : `does not mix ${tensors.map(({ dtype }) => dtype).join(', ')}`
  }
}

function isFloat(dtype: DType): boolean {
  return dtype !== 'int8'
}

const RANKS: { readonly [Op in OpSpec['op']]?: number } = {
  Conv: 4,
  MaxPool: 4,
  AveragePool: 4,
  Gemm: 2,
  MatMul: 2,
  Softmax: 2,
}

function shapeReason(spec: OpSpec): string | undefined {
  const tensors: readonly TensorSpec[] = [...spec.inputs, spec.output]
  if (tensors.some(({ shape }) => shape.includes(0))) return 'a tensor has no elements'
  if (spec.op === 'Concat') return concatReason(spec)
  const rank = RANKS[spec.op]
  return rank === undefined || tensors.every(({ shape }) => shape.length === rank)
    ? undefined
    : `takes tensors of rank ${rank} only`
}
