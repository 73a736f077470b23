import type { DType, OpSpec, Precision, TensorSpec } from '@octet/core'
import { type KernelPrecision, storedAs } from './precision.ts'

/** What `octet kernels` may look at: `core` is a choice from the others that takes less than a minute on two cores. */
export const SUITES = ['core', 'layers', 'gemm', 'ops', 'all'] as const
export type Suite = (typeof SUITES)[number]

/** One op at one size, before a precision is chosen. */
export interface Problem {
  readonly op: OpSpec['op']
  /** Kind and sizes, e.g. `gemm 256x256x256`. */
  readonly shape: string
  /** Models that have a layer of this shape. */
  readonly models: readonly string[]
  readonly suite: Exclude<Suite, 'core' | 'all'>
  /** Whether it is in the core suite as well. */
  readonly core: boolean
  readonly precisions: readonly KernelPrecision[]
  readonly spec: (precision: KernelPrecision) => OpSpec
}

const DTYPES: { readonly [P in Precision]: DType } = { fp32: 'float32', fp16: 'float16', int8: 'int8' }

/** A float32 spec in another precision: its tensors change their dtype, and 4-bit weights are declared. */
export function inPrecision(spec: OpSpec, precision: KernelPrecision): OpSpec {
  const dtype = DTYPES[storedAs(precision).precision]
  const change = ({ shape }: TensorSpec): TensorSpec => ({ dtype, shape })
  const changed = { ...spec, inputs: spec.inputs.map(change), output: change(spec.output) }
  if (precision !== 'w4a8') return changed
  if (!('weightZeroPoints' in changed)) throw new Error(`${spec.op} has no weights`)
  return { ...changed, weightBits: 4 }
}
