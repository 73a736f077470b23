import type { TaskNoun } from '@octet/core'

export type Verdict = 'worse' | 'better' | 'same'

/** One figure of one cell in two runs; or something that the second run has lost, with `missing` after it. */
export interface Difference {
  /** The cell's key; or the name of what was lost. */
  readonly key: string
  readonly figure:
    | TaskNoun
    | 'sqnrDb'
    | 'agreement'
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

/** What a run is made of, and may lose. */
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
  /** What was not judged, and why. */
  readonly notJudged: readonly string[]
  /** False when a difference gates, or there is a fault. */
  readonly holds: boolean
}
