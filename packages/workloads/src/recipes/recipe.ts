import type { Graph } from '@octet/core'
import type { TrainOptions } from '@octet/train'

/** The recipe for the FP32 model of a built-in workload: everything besides the data that decides its numbers. */
export interface Recipe {
  readonly id: string
  /** The untrained network, with the same weights at every call. */
  graph(): Graph
  readonly options: TrainOptions
}
