import type { Tensor } from '@octet/core'

/** An op made ready: its constants packed, and what is done each time it runs. */
export interface Kernel {
  /** Bytes of packed constants. */
  readonly constantBytes: number
  /** Reads the inputs and fills the whole output. */
  readonly run: (inputs: readonly Tensor[], output: Tensor) => void
}
