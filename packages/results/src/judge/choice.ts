import type { Cell } from '../run/cell.ts'
import type { Configuration } from '../run/configuration.ts'
import type { Goals, Standing } from './goals.ts'

/** What to ship for one workload. */
export interface Choice {
  readonly workload: string
  /** Absent when no measured configuration meets the goals. */
  readonly cell?: Cell
  readonly standing: Standing
  /** The workload's FP32 cell on the same device. */
  readonly baseline?: Cell
  /** The configuration within the goals that is fastest, where that is not the pick. */
  readonly fastest?: Cell
  /** The INT8 cell that loses least, where no INT8 cell meets the goals. */
  readonly bestInt8?: Cell
  readonly sentence: string
}

export interface Recommendation {
  readonly goals: Goals
  readonly choices: readonly Choice[]
  /** The one configuration that every workload's goals allow, where there is one: its cells, a workload each. */
  readonly common?: { readonly configuration: Configuration; readonly cells: readonly Cell[] }
  /** The whole in one sentence. */
  readonly sentence: string
}
