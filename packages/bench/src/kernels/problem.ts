import { type OpSpec, type TensorSpec, type KernelPrecision, KERNEL_PRECISION, PRECISION } from '@octet/core'

/** The suites of `octet kernels`. `core` is a selection that takes less than a minute on two cores. */
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
  /** Whether it is also in the core suite. */
  readonly core: boolean
  readonly precisions: readonly KernelPrecision[]
  readonly spec: (precision: KernelPrecision) => OpSpec
}

/** A float32 spec in another precision: the tensors have another dtype, and 4-bit weights are declared. */
export function inPrecision(spec: OpSpec, precision: KernelPrecision): OpSpec {
  const { precision: stored, weightBits } = KERNEL_PRECISION[precision]
  const { dtype } = PRECISION[stored]
  const change = ({ shape }: TensorSpec): TensorSpec => ({ dtype, shape })
  const changed = { ...spec, inputs: spec.inputs.map(change), output: change(spec.output) }
  if (weightBits === undefined) return changed
  if (!('weightZeroPoints' in changed)) throw new Error(`${spec.op} has no weights`)
  return { ...changed, weightBits }
}
