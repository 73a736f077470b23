import type { Training } from '@octet/results'
import type { Scored } from '../format/task.ts'

/**
 * A training with a measured cell of its weights. The device does not matter, because integers are the same on all
 * devices.
 */
export interface Trained {
  readonly training: Training
  readonly cell: Scored
}
