import type { Cell, Training } from '@octet/results'

/**
 * A training with a cell that was measured with its weights: which device does not matter, integers being the same on
 * all.
 */
export interface Trained {
  readonly training: Training
  readonly cell: Cell
}
