import type { Training } from '@octet/results'
import type { Scored } from '../format/task.ts'

/**
 * A training with a cell that was measured with its weights: which device does not matter, integers being the same on
 * all.
 */
export interface Trained {
  readonly training: Training
  readonly cell: Scored
}
