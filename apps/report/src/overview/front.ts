import type { Cell } from '@octet/results'

/** A cell whose cost is known. */
export type Sized = Cell & Required<Pick<Cell, 'latency' | 'memory'>>

export function isSized(cell: Cell): cell is Sized {
  return cell.latency !== undefined && cell.memory !== undefined
}

/** A cell with every figure that the trade-off needs. */
export type Measured = Sized & Required<Pick<Cell, 'accuracy'>>

export function isMeasured(cell: Cell): cell is Measured {
  return cell.accuracy !== undefined && isSized(cell)
}

/** The cells that no other one beats in both latency and accuracy, fastest first. Of equal ones the first is kept. */
export function paretoFront(cells: readonly Measured[]): Measured[] {
  const front: Measured[] = []
  const ordered = cells.toSorted(
    (a, b) => a.latency.median - b.latency.median || a.accuracy.drop - b.accuracy.drop,
  )
  for (const cell of ordered) {
    const last = front.at(-1)
    if (last === undefined || cell.accuracy.drop < last.accuracy.drop) front.push(cell)
  }
  return front
}
