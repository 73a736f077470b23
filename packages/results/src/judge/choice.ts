import type { Cell } from '../run/cell.ts'
import type { Configuration } from '../run/configuration.ts'
import type { Goals, Standing } from './goals.ts'
import type { Reason } from './rank.ts'

/** A configuration that was measured within the goal, which its samples do not show it to be. */
export interface Unshown {
  readonly cell: Cell
  /** About how many samples would show it, if the measured shares stay the same; absent where no number would. */
  readonly samples?: number
}

/** The choice for one workload. */
export interface Choice {
  readonly workload: string
  /** Absent when no measured configuration meets the goals. */
  readonly cell?: Cell
  /** Only what is `shown` is fit to ship. */
  readonly standing: Standing
  /**
   * What equals the pick in size, time and, as far as the samples tell, quality: a cell a configuration, the pick
   * among them.
   */
  readonly equals: readonly Cell[]
  /** The deciding figure among the equals; absent where the pick has none. */
  readonly reason?: Reason
  /** A smaller configuration than the pick, or the pick itself, that is not shown to be within the goal. */
  readonly unshown?: Unshown
  /** The workload's FP32 cell on the same device. */
  readonly baseline?: Cell
  /** The configuration within the goals that is fastest, where that is not the pick. */
  readonly fastest?: Cell
  /** The INT8 cell that loses least, where every one is past the goal of loss or fidelity. */
  readonly bestInt8?: Cell
  readonly sentence: string
}

/** The INT8 configuration that every workload's goals allow: its cells, a workload each. */
export interface Common {
  readonly configuration: Configuration
  readonly cells: readonly Cell[]
  /** As in a choice: configurations that equal this one, this one among them. */
  readonly equals: readonly Configuration[]
  readonly reason?: Reason
}

export interface Recommendation {
  readonly goals: Goals
  /** One for each workload that the run lists or has cells of. */
  readonly choices: readonly Choice[]
  /** Absent unless one configuration is shown to be within the goals of every workload. */
  readonly common?: Common
  /**
   * The recommendation in a few words: `Ship ...` only where every cell was measured, and what is to be shipped is
   * shown to be within the goals.
   */
  readonly headline: string
  /** The whole in one sentence, which begins as the headline does. */
  readonly sentence: string
}
