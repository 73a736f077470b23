import type { Constants, OpSpec, Tensor } from '@octet/core'

/** An op of this package. */
export interface Op<Spec extends OpSpec> {
  /** The reason why a spec is left to the reference; undefined if this package computes it. */
  readonly declines: (spec: Spec) => string | undefined
  /** Packs the constants of a spec that is not declined. */
  readonly prepare: (spec: Spec, constants: Constants) => Kernel
}

/** A prepared op: its packed constants, and the function that runs each time. */
export interface Kernel {
  /** The bytes of packed constants. */
  readonly constantBytes: number
  /** Reads the inputs and fills the whole output. */
  readonly run: (inputs: readonly Tensor[], output: Tensor) => void
}
