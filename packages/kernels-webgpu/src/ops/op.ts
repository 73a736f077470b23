import type { Constants, OpSpec, Tensor } from '@octet/core'
import type { Target } from '../wgsl/target.ts'
import type { Kernel } from './kernel.ts'

/** The spec of one op. */
export type SpecOf<Name extends OpSpec['op']> = Extract<OpSpec, { op: Name }>

/** An op of this device. */
export type Op<Name extends OpSpec['op']> = Computes<SpecOf<Name>>

/** How this device computes some specs. */
export interface Computes<Spec extends OpSpec> {
  /** The ways to compute a spec on a target, the one that suits such adapters first; a kernel is the only way. */
  readonly build: (spec: Spec, target: Target) => Kernel | readonly Variant[]
  /** Why the dtypes of a spec do not suit it; left out, `oneKind` says. */
  readonly dtypes?: (spec: Spec) => string | undefined
  /** The rank of all its tensors; left out where any is right. */
  readonly rank?: number
  /** Why a spec of right dtypes and rank is not computed; undefined where it is. */
  readonly declines?: (spec: Spec) => string | undefined
  /** Float results depend on the order of operations even on small whole numbers. */
  readonly isInexact?: true
  /**
   * The run whose only output is output `at` of a larger one, counted in ONNX's order: the same sum of products and no
   * other. Left out where single outputs cannot be had from parts of the operands.
   */
  readonly point?: (run: Run<Spec>, at: number) => Run
}

/** A spec with numbers to run it on. */
export interface Run<Spec extends OpSpec = OpSpec> {
  readonly spec: Spec
  readonly constants: Constants
  readonly inputs: readonly Tensor[]
}

/** One way to compute an op. All ways of one op yield the same integers, and floats within the same bounds. */
export interface Variant {
  /** Strategy and tile, short and stable: names are kept in caches and shown in reports. */
  readonly name: string
  build(): Kernel
}
