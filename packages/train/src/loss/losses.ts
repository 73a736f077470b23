import type { Decision, TaskId } from '@octet/core'
import { binaryCrossEntropy } from './binary.ts'
import { crossEntropy } from './cross-entropy.ts'
import type { Loss } from './loss.ts'
import { squaredError } from './squared-error.ts'

/** Why the models of a task are not trained, as a sentence about the workload. */
export interface Untrained {
  readonly untrained: string
}

/** How each task is learned, by the workload's decision where it has one. */
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
