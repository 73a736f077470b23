import type { Constants, OpSpec, Tensor } from '@octet/core'
import type { Target } from '../wgsl/target.ts'
import type { Kernel } from './kernel.ts'

/** The spec of one op. */
export type SpecOf<Name extends OpSpec['op']> = Extract<OpSpec, { op: Name }>

/** An op of this device. */
export type Op<Name extends OpSpec['op']> = Computes<SpecOf<Name>>

/** The computation of some specs on this device. */
export interface Computes<Spec extends OpSpec> {
  /** The variants that compute a spec on a target, the most suitable first. A single kernel is the only variant. */
  readonly build: (spec: Spec, target: Target) => Kernel | readonly Variant[]
  /** The reason why it does not compute the dtypes of a spec. Default: `oneKind`. */
  readonly dtypes?: (spec: Spec) => string | undefined
  /** The required rank of all its tensors. Absent if any rank works. */
  readonly rank?: number
  /** The reason why a spec with valid dtypes and rank is not computed. Undefined if it is computed. */
  readonly declines?: (spec: Spec) => string | undefined
  /** Set if float results depend on the order of operations even for small whole numbers. */
  readonly isInexact?: true
  /**
   * The run whose only output is output `at` of a larger run, in ONNX's order: the same sum of products and no other.
   * Absent if parts of the operands cannot give single outputs.
   */
  readonly point?: (run: Run<Spec>, at: number) => Run
}

/** A spec with the numbers to run it on. */
export interface Run<Spec extends OpSpec = OpSpec> {
  readonly spec: Spec
  readonly constants: Constants
  readonly inputs: readonly Tensor[]
}

/** One way to compute an op. All variants of an op give the same integers, and floats within the same bounds. */
export interface Variant {
  /** Strategy and tile. The name is short and stable, because caches keep it and reports show it. */
  readonly name: string
  build(): Kernel
}
