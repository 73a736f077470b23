import { finishFloat, finishInt8 } from './finish'
import { widenHalves } from './half'
import { bytesOf, Product, unfold } from './rows'
import { Step } from './step'
import { sumTiles } from './tile'

/** The number of rows whose sums are computed before they are finished: a few register tiles of 5. */
const BLOCK_ROWS = 40
/** The bytes of the rows' sums at the start of working memory. Rows follow. */
const SUMS_BYTES: usize = 1280

/**
 * Multiplies rows of x by panels of weights, for Conv, Gemm and MatMul. X is the stored type of x, W is the type of
 * weights for `sumTiles`. `unfold` applies `offset` to x and surrounds it with `padding`.
 */
export function product<X, W>(step: Step, tile: i32, scratch: usize, offset: v128, padding: v128): void {
  const op = changetype<Product>(step.op)
  const group = tile / op.tilesPerGroup
  const first = (tile % op.tilesPerGroup) * op.rowsPerTile
  const end = min(op.rows, first + op.rowsPerTile)
  const lda = <usize>op.k * bytesOf<X>()
  let rows = scratch + SUMS_BYTES
  // Rows of float32 that x already holds in the needed layout are read from x.
  if (isFloat<X>() && op.direct == 1) rows = step.a + <usize>first * lda
  else {
    const x = step.a + <usize>(group * op.channels) * sizeof<X>()
    unfold<X>(op, x, first, end, rows, scratch + op.stage, offset, padding)
  }
  const ldy = <usize>op.ldy * sizeof<X>()
  for (let p = 0; p < op.panels; p++) {
    const column = (group * op.panels + p) << 3
    let weights = op.weights + <usize>(column * op.k) * (sizeof<X>() == 2 ? 2 : sizeof<W>())
    if (sizeof<X>() == 2) {
      const wide = scratch + SUMS_BYTES + <usize>op.rowsPerTile * lda + 64
      for (let i: usize = 0, count = <usize>op.k << 3; i < count; i += 4)
        v128.store(wide + (i << 2), widenHalves(weights + (i << 1)))
      weights = wide
    }
    const columns = op.columns - (p << 3)
    let y = step.y + <usize>first * ldy + <usize>(group * op.columns + (p << 3)) * sizeof<X>()
    let a = rows
    for (let row = first; row < end; row += BLOCK_ROWS, a += lda * BLOCK_ROWS, y += ldy * BLOCK_ROWS) {
      const count = min(BLOCK_ROWS, end - row)
      sumTiles<W>(a, lda, weights, op.k, count, scratch)
      if (isFloat<W>()) finishFloat<X>(op, scratch, count, column, columns, y)
      else finishInt8(op, scratch, count, column, columns, y)
    }
  }
}
