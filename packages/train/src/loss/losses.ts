import type { TaskId } from '@octet/core'
import { crossEntropy } from './cross-entropy.ts'
import type { Loss } from './loss.ts'

/** Why the models of a task are not trained, as a sentence about the workload. */
export interface Untrained {
  readonly untrained: string
}

/** How each task is learned. */
export const LOSSES: { readonly [Id in TaskId]: Loss | Untrained } = {
  classification: crossEntropy,
  none: { untrained: 'has one output, and QAT here trains on classes, of which it has none' },
}
