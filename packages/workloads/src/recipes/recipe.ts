import type { Graph } from '@octet/core'
import type { TrainOptions } from '@octet/train'

/** How the FP32 model of a built-in workload is made: all that its numbers depend on, besides the data. */
export interface Recipe {
  readonly id: string
  /** The untrained network; the same weights at every call. */
  graph(): Graph
  readonly options: TrainOptions
}
