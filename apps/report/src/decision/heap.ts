import type { Measured } from './front.ts'

/** Cells whose marks would cover each other. One mark stands for all of them. */
export interface Heap {
  readonly first: Measured
  readonly cells: readonly Measured[]
}

/**
 * Joins cells within `apart` pixels of each other, in both directions, to one heap. Preferred cells come first, then
 * the cells with the smallest loss. A heap has the position of its first cell.
 * @param at the position of a cell's mark, in pixels
 */
export function heapsOf(
  cells: readonly Measured[],
  at: (cell: Measured) => readonly [x: number, y: number],
  apart: number,
  preferred: (cell: Measured) => boolean,
): Heap[] {
  const heaps: { first: Measured; cells: Measured[] }[] = []
  const ordered = cells.toSorted(
    (a, b) => Number(preferred(b)) - Number(preferred(a)) || a.task.loss - b.task.loss,
  )
  for (const cell of ordered) {
    const [x, y] = at(cell)
    const heap = heaps.find(({ first }) => {
      const [left, top] = at(first)
      return Math.abs(x - left) < apart && Math.abs(y - top) < apart
    })
    if (heap === undefined) heaps.push({ first: cell, cells: [cell] })
    else heap.cells.push(cell)
  }
  return heaps
}
