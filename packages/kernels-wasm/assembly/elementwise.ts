import { Target } from './requantize'

/**
 * An op that processes storage element by element, padding included. The host writes the words in this order
 * (src/ops/elementwise.ts).
 */
@unmanaged
export class Elementwise extends Target {
  /** The number of elements, in total and in a tile. Kernels process whole vectors, also past the end. */
  count: i32
  perTile: i32
}

/** The first element of a tile, and the element past its last. */
@inline
export function firstOf(op: Elementwise, tile: i32): usize {
  return <usize>(tile * op.perTile)
}

@inline
export function endOf(op: Elementwise, tile: i32): usize {
  return <usize>min(op.count, (tile + 1) * op.perTile)
}
