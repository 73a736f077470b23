import type { Cell } from '@octet/results'
import { isScored, type Scored } from '../format/task.ts'

/** A cell whose cost is known. */
export type Sized = Cell & Required<Pick<Cell, 'latency' | 'memory'>>

export function isSized(cell: Cell): cell is Sized {
  return cell.latency !== undefined && cell.memory !== undefined
}

/** A cell with every figure that the trade-off needs. */
export type Measured = Sized & Scored

export function isMeasured(cell: Cell): cell is Measured {
  return isScored(cell) && isSized(cell)
}

/** The cells that no other cell beats in both latency and loss, fastest first. Of equal cells, the first stays. */
export function paretoFront(cells: readonly Measured[]): Measured[] {
  const front: Measured[] = []
  const ordered = cells.toSorted((a, b) => a.latency.median - b.latency.median || a.task.loss - b.task.loss)
  for (const cell of ordered) {
    const last = front.at(-1)
    if (last === undefined || cell.task.loss < last.task.loss) front.push(cell)
  }
  return front
}
