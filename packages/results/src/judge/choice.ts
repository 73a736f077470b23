import type { Cell } from '../run/cell.ts'
import type { Configuration } from '../run/configuration.ts'
import type { Goals, Standing } from './goals.ts'
import type { Reason } from './rank.ts'

/** A configuration whose measured figure is within the goal, although its samples do not show that it is. */
export interface Unshown {
  readonly cell: Cell
  /**
   * The approximate number of samples that would show it, if the measured shares stay the same; absent if no number is
   * enough.
   */
  readonly samples?: number
}

/** The choice for one workload. */
export interface Choice {
  readonly workload: string
  /** Absent if no measured configuration meets the goals. */
  readonly cell?: Cell
  /** Only a cell that is `shown` is fit to ship. */
  readonly standing: Standing
  /**
   * The configurations that equal the pick in size, time and, as far as the samples tell, quality, with one cell each.
   * The pick is included.
   */
  readonly equals: readonly Cell[]
  /** The deciding figure among the equals; absent if the pick has none. */
  readonly reason?: Reason
  /** A smaller configuration than the pick, or the pick itself, that is not shown to be within the goal. */
  readonly unshown?: Unshown
  /** The workload's FP32 cell on the same device. */
  readonly baseline?: Cell
  /** The fastest configuration within the goals, if it is not the pick. */
  readonly fastest?: Cell
  /** The INT8 cell with the least loss, if every INT8 cell misses the goal of loss or fidelity. */
  readonly bestInt8?: Cell
  readonly sentence: string
}

/** The INT8 configuration that all workloads' goals allow, with one cell for each workload. */
export interface Common {
  readonly configuration: Configuration
  readonly cells: readonly Cell[]
  /** As in a choice: the configurations that equal this one, including it. */
  readonly equals: readonly Configuration[]
  readonly reason?: Reason
}

export interface Recommendation {
  readonly goals: Goals
  /** One choice for each workload that the run lists or has cells of. */
  readonly choices: readonly Choice[]
  /** Absent unless one configuration is shown to be within the goals of every workload. */
  readonly common?: Common
  /**
   * The recommendation in a few words. It is `Ship ...` only if every cell was measured and the recommended cells are
   * shown to be within the goals.
   */
  readonly headline: string
  /** The whole recommendation in one sentence, which begins like the headline. */
  readonly sentence: string
}
