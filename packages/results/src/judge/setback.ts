import type { Cell, Status } from '../run/cell.ts'

const PLACES: Readonly<Record<Status, number>> = { failed: 0, skipped: 1, ok: 2, unstable: 2 }

/** Cells as a reader is to see them: the failed first, then the skipped, then the others as they come. */
export function setbacksFirst(cells: readonly Cell[]): Cell[] {
  return cells.toSorted((a, b) => PLACES[a.status] - PLACES[b.status])
}
