/** The arrays of a node with weights, each followed by its gradient. The host writes the words in this order. */
@unmanaged
export class Weighted {
  x: usize
  /** 0 if there is none. */
  dx: usize
  w: usize
  dw: usize
  /** 0 if there is none. */
  b: usize
  db: usize
  y: usize
  dy: usize
}
