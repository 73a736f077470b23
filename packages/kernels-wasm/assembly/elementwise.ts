import { Target } from './requantize'

/**
 * An op that goes over storage element by element, padding included. The host writes the words in this order
 * (src/ops/elementwise.ts).
 */
@unmanaged
export class Elementwise extends Target {
  /** Elements in all and in a tile: whole vectors, past the end too. */
  count: i32
  perTile: i32
}

/** The first element of a tile, and the one past its last. */
@inline
export function firstOf(op: Elementwise, tile: i32): usize {
  return <usize>(tile * op.perTile)
}

@inline
export function endOf(op: Elementwise, tile: i32): usize {
  return <usize>min(op.count, (tile + 1) * op.perTile)
}
