import type { Measured } from './front.ts'

/** Cells whose marks would hide each other: one mark stands for all. */
export interface Heap {
  readonly first: Measured
  readonly cells: readonly Measured[]
}

/**
 * Cells drawn within `apart` pixels of each other, in both directions, as one heap. Those that are preferred come
 * first, and then those that lose least; a heap lies where its first cell does.
 * @param at where a cell is drawn, in pixels
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
