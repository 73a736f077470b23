import { sumsPastInt32, type Constants, type OpSpec } from '@octet/core'
import type { Plan, RelaxedDot, Workshop } from './call.ts'
import { isDepthwise, planDepthwise } from './depthwise.ts'
import { planMatMul } from './matmul.ts'
import { planConcat, planReshape } from './move.ts'
import {
  planActivation,
  planClip,
  planDequantize,
  planNormalize,
  planPair,
  planQuantize,
  planSoftmax,
} from './pointwise.ts'
import { planPool } from './pool.ts'
import { planWeighted, weightedVariants } from './weighted.ts'

/** The kernel calls that an op comes to, with its constants put into memory. */
export function planOp(spec: OpSpec, constants: Constants, workshop: Workshop): Plan {
  switch (spec.op) {
    case 'Conv':
      return isDepthwise(spec)
        ? planDepthwise(spec, constants, workshop)
        : planWeighted(spec, constants, workshop)
    case 'Gemm':
      return planWeighted(spec, constants, workshop)
    case 'MatMul':
      return planMatMul(spec, constants, workshop)
    case 'Add':
    case 'Mul':
      return planPair(spec, constants, workshop)
    case 'Concat':
      return planConcat(spec, constants, workshop)
    case 'MaxPool':
    case 'AveragePool':
      return planPool(spec, constants, workshop)
    case 'Clip':
      return planClip(spec, constants, workshop)
    case 'Sigmoid':
    case 'HardSigmoid':
    case 'HardSwish':
      return planActivation(spec, constants, workshop)
    case 'Reshape':
      return planReshape(spec, workshop)
    case 'Softmax':
      return planSoftmax(spec, workshop)
    case 'Normalize':
      return planNormalize(spec, constants, workshop)
    case 'QuantizeLinear':
      return planQuantize(spec, constants, workshop)
    case 'DequantizeLinear':
      return planDequantize(spec, constants, workshop)
  }
}

/** The ways an op can be computed, the preferred one first; ops that have one have no name for it. */
export function variantsOf(spec: OpSpec, relaxed: RelaxedDot | undefined): readonly string[] {
  if (spec.op === 'Gemm' || (spec.op === 'Conv' && !isDepthwise(spec))) return weightedVariants(spec, relaxed)
  return []
}

const OPS: ReadonlySet<string> = new Set<OpSpec['op']>([
  'Conv',
  'Gemm',
  'MatMul',
  'Add',
  'Mul',
  'Concat',
  'MaxPool',
  'AveragePool',
  'Clip',
  'Sigmoid',
  'HardSigmoid',
  'HardSwish',
  'Reshape',
  'Softmax',
  'Normalize',
  'QuantizeLinear',
  'DequantizeLinear',
])
const DTYPES: ReadonlySet<string> = new Set(['float32', 'float16', 'int8'])

/** Why an op cannot be computed here; undefined where it can. */
export function obstacle(spec: OpSpec): string | undefined {
  if (!OPS.has(spec.op)) return `there is no kernel for ${spec.op}`
  if ('fixedPoint' in spec && spec.fixedPoint !== undefined)
    return 'integer-only rescaling runs on the reference'
  const strange = [...spec.inputs, spec.output].find(({ dtype }) => !DTYPES.has(dtype))
  if (strange !== undefined) return `${strange.dtype} tensors are not supported`
  return sumsPastInt32(spec)
}
