import { finishInt8 } from './finish'
import { Product, unfold } from './rows'
import { SUMS_BYTES, BLOCK_ROWS } from './product'
import { Step } from './step'
import { sumTiles } from './tile'

/** Set by the host after `probe`: 0x80 where the engine takes the second operand as unsigned, 0 where as signed. */
let flip: i32 = 0

export function setFlip(mask: i32): void {
  flip = mask
}

/** Σ of four products a * b in an engine's own way, for bytes a and b. */
export function probe(a: i32, b: i32): i32 {
  return i32x4.extract_lane(
    i32x4.relaxed_dot_i8x16_i7x16_add_s(i8x16.splat(<i8>a), i8x16.splat(<i8>b), i32x4.splat(0)),
    0,
  )
}

/** As `productInt8`, by relaxed dot products. */
export function productRelaxed(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<Product>(step.op)
  const group = tile / op.tilesPerGroup
  const first = (tile % op.tilesPerGroup) * op.rowsPerTile
  const end = min(op.rows, first + op.rowsPerTile)
  const x = step.a + <usize>(group * op.channels)
  const padding = i8x16.splat(<i8>(op.inputZeroPoint ^ flip))
  unfold<u8>(op, x, first, end, scratch + SUMS_BYTES, scratch + op.stage, i8x16.splat(<i8>flip), padding)
  const lda = <usize>op.k
  const ldy = <usize>op.ldy
  for (let p = 0; p < op.panels; p++) {
    const column = (group * op.panels + p) << 3
    const weights = op.weights + <usize>column * lda
    let y = step.y + <usize>first * ldy + <usize>(group * op.columns + (p << 3))
    let a = scratch + SUMS_BYTES
    for (let row = first; row < end; row += BLOCK_ROWS, a += lda * BLOCK_ROWS, y += ldy * BLOCK_ROWS) {
      const count = min(BLOCK_ROWS, end - row)
      sumTiles<i8>(a, lda, weights, op.k, count, scratch)
      finishInt8(op, scratch, count, column, op.columns - (p << 3), y)
    }
  }
}

export { fiveRelaxed, oneRelaxed, threeRelaxed } from './tile'
