import type { TaskNoun } from '@octet/core'

export type Verdict = 'worse' | 'better' | 'same'

/** One figure of one cell in two runs; or something that the second run has lost, with `missing` after it. */
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
  /** Whether this alone makes the comparison fail: deterministic figures that got worse, and losses. */
  readonly gates: boolean
}

/** The parts of a run, which a later run may lack. */
export type Part = 'workload' | 'cell' | 'kernel' | 'model race'

export interface Comparison {
  /** Cells that are in both runs. */
  readonly compared: number
  /** In how many of them a figure was judged, and how many kernels and races of models are in both runs. */
  readonly judged: Readonly<Record<TaskNoun | 'fidelity' | 'bytes' | 'time' | 'kernels', number>>
  /** Differences, those that gate first. */
  readonly differences: readonly Difference[]
  /** Why the comparison as a whole says nothing, where it does not. */
  readonly faults: readonly string[]
  /** The parts that were not judged, with the reasons. */
  readonly notJudged: readonly string[]
  /** False when a difference gates, or there is a fault. */
  readonly holds: boolean
}
