/** An op that works row by row. Each row is a tile. The host writes the words in this order. */
@unmanaged
export class Row {
  /** The number of numbers in a row, and the step from row to row. */
  features: i32
  stored: i32
}

/** The bytes from the first row to another. T is the stored type. */
@inline
export function rowAt<T>(op: Row, tile: i32): usize {
  return <usize>(tile * op.stored) * sizeof<T>()
}

/** The bytes of a row's numbers. */
@inline
export function rowBytes<T>(op: Row): usize {
  return <usize>op.features * sizeof<T>()
}

/** Sets the storage of a row of y that belongs to no number to 0. */
@inline
export function clearRest<T>(op: Row, y: usize): void {
  memory.fill(y + rowBytes<T>(op), 0, <usize>(op.stored - op.features) * sizeof<T>())
}
