import type { Cell } from '@octet/results'
import type { Entry } from '../store/entry.ts'

/** The cells of a run: those of an earlier part, and those recorded since. */
export class RecordedCells {
  readonly #record: (entry: Entry) => void
  readonly #cells: Map<string, Cell>

  constructor(recorded: readonly Entry[], record: (entry: Entry) => void) {
    const cells = recorded.flatMap((entry) => (entry.kind === 'cell' ? entry.cell : []))
    this.#cells = new Map(cells.map((cell) => [cell.key, cell]))
    this.#record = record
  }

  has(key: string): boolean {
    return this.#cells.has(key)
  }

  add(cell: Cell): void {
    this.#cells.set(cell.key, cell)
    this.#record({ kind: 'cell', cell })
  }

  /** Fails the passed cells that `which` selects, because a later finding also applies to them. Their figures stay. */
  fail(which: (cell: Cell) => boolean, reason: string): void {
    for (const cell of this.#cells.values())
      if ((cell.status === 'ok' || cell.status === 'unstable') && which(cell))
        this.add({ ...cell, status: 'failed', reason })
  }
}
