/** An op of rows, each of which is a tile. The host writes the words in this order. */
@unmanaged
export class Row {
  /** Numbers of a row, and from row to row. */
  features: i32
  stored: i32
}

/** Bytes from the first row to another; T is what is stored. */
@inline
export function rowAt<T>(op: Row, tile: i32): usize {
  return <usize>(tile * op.stored) * sizeof<T>()
}

/** Bytes of a row's numbers. */
@inline
export function rowBytes<T>(op: Row): usize {
  return <usize>op.features * sizeof<T>()
}

/** Storage of a row of y that belongs to no number becomes 0. */
@inline
export function clearRest<T>(op: Row, y: usize): void {
  memory.fill(y + rowBytes<T>(op), 0, <usize>(op.stored - op.features) * sizeof<T>())
}
