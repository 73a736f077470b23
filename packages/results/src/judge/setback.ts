import type { Cell, Status } from '../run/cell.ts'

const PLACES: Readonly<Record<Status, number>> = { failed: 0, skipped: 1, ok: 2, unstable: 2 }

/** Cells in the order for a reader: failed cells, then skipped cells, then the others in their order. */
export function setbacksFirst(cells: readonly Cell[]): Cell[] {
  return cells.toSorted((a, b) => PLACES[a.status] - PLACES[b.status])
}
