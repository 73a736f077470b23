import type { TaskNoun } from '@octet/core'

export type Verdict = 'worse' | 'better' | 'same'

/** One figure of one cell in two runs; or a part that the second run has lost, with `missing` after it. */
export interface Difference {
  /** The cell's key, or the name of the lost part. */
  readonly key: string
  readonly figure:
    | TaskNoun
    | 'sqnrDb'
    | 'agreement'
    | 'outputs'
    | 'weightBytes'
    | 'activationPeakBytes'
    | 'fallbackOps'
    | 'latency'
    | 'status'
    | Part
  readonly before: number | string
  readonly after: number | string
  readonly verdict: Verdict
  /** Whether this difference alone fails the comparison: deterministic figures that got worse, and losses. */
  readonly gates: boolean
}

/** A part of a run that a later run may lack. */
export type Part = 'workload' | 'cell' | 'kernel' | 'model race'

export interface Comparison {
  /** The number of cells in both runs. */
  readonly compared: number
  /**
   * The number of these cells in which each figure was judged; and the number of kernels and races of models in both
   * runs.
   */
  readonly judged: Readonly<Record<TaskNoun | 'fidelity' | 'bytes' | 'time' | 'kernels', number>>
  /** The differences; those that gate come first. */
  readonly differences: readonly Difference[]
  /** The reasons why the whole comparison says nothing, if there are any. */
  readonly faults: readonly string[]
  /** The parts that were not judged, with the reasons. */
  readonly notJudged: readonly string[]
  /** False if a difference gates, or if there is a fault. */
  readonly holds: boolean
}
