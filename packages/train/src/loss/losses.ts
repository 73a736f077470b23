import type { Decision, TaskId } from '@octet/core'
import { binaryCrossEntropy } from './binary.ts'
import { crossEntropy } from './cross-entropy.ts'
import type { Loss } from './loss.ts'
import { squaredError } from './squared-error.ts'

/** A sentence about the workload with the reason why the models of a task are not trained. */
export interface Untrained {
  readonly untrained: string
}

/** The loss of each task, for the workload's decision if it has one. */
export const LOSSES: {
  readonly [Id in TaskId]: ((decision: Decision | undefined) => Loss) | Untrained
} = {
  classification: () => crossEntropy,
  binary: binaryCrossEntropy,
  regression: () => squaredError,
  features: {
    untrained: 'is judged by its features without labels, and QAT here trains on labelled samples',
  },
  none: { untrained: 'has no labels, and QAT here trains on labelled samples' },
}
