import { widenHalves } from './half'
import { finishFloat, finishInt8 } from './finish'
import { Product, unfold } from './rows'
import { Step } from './step'
import { sumTiles } from './tile'

/** Rows whose sums are computed before they are finished: a few register tiles of 5. */
export const BLOCK_ROWS = 40
/** Of their sums, which lie first in working memory; rows follow. */
export const SUMS_BYTES: usize = 1280

/** Sums of int8 products, rescaled: Conv, Gemm and MatMul. */
export function productInt8(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<Product>(step.op)
  const group = tile / op.tilesPerGroup
  const first = (tile % op.tilesPerGroup) * op.rowsPerTile
  const end = min(op.rows, first + op.rowsPerTile)
  const x = step.a + <usize>(group * op.channels)
  unfold<i8>(op, x, first, end, scratch + SUMS_BYTES, scratch + op.stage, i16x8.splat(<i16>op.inputZeroPoint), i32x4.splat(0))
  const lda = <usize>op.k << 1
  const panel = <usize>op.k << 4
  const ldy = <usize>op.ldy
  for (let p = 0; p < op.panels; p++) {
    const column = (group * op.panels + p) << 3
    const weights = op.weights + <usize>(group * op.panels + p) * panel
    const columns = op.columns - (p << 3)
    let y = step.y + <usize>first * ldy + <usize>(group * op.columns + (p << 3))
    let a = scratch + SUMS_BYTES
    for (let row = first; row < end; row += BLOCK_ROWS, a += lda * BLOCK_ROWS, y += ldy * BLOCK_ROWS) {
      const count = min(BLOCK_ROWS, end - row)
      sumTiles<i16>(a, lda, weights, op.k, count, scratch)
      finishInt8(op, scratch, count, column, columns, y)
    }
  }
}

/** Sums of float32 products: rows that lie in x as they are wanted are read there. */
export function productFloat(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<Product>(step.op)
  const group = tile / op.tilesPerGroup
  const first = (tile % op.tilesPerGroup) * op.rowsPerTile
  const end = min(op.rows, first + op.rowsPerTile)
  const lda = <usize>op.k << 2
  let rows = scratch + SUMS_BYTES
  if (op.direct == 1) rows = step.a + <usize>first * lda
  else {
    const x = step.a + (<usize>(group * op.channels) << 2)
    unfold<f32>(op, x, first, end, rows, scratch + op.stage, i32x4.splat(0), i32x4.splat(0))
  }
  const ldy = <usize>op.ldy << 2
  for (let p = 0; p < op.panels; p++) {
    const column = (group * op.panels + p) << 3
    const weights = op.weights + <usize>column * lda
    let y = step.y + <usize>first * ldy + (<usize>(group * op.columns + (p << 3)) << 2)
    let a = rows
    for (let row = first; row < end; row += BLOCK_ROWS, a += lda * BLOCK_ROWS, y += ldy * BLOCK_ROWS) {
      const count = min(BLOCK_ROWS, end - row)
      sumTiles<f32>(a, lda, weights, op.k, count, scratch)
      finishFloat<f32>(op, scratch, count, column, op.columns - (p << 3), y)
    }
  }
}

/** As `productFloat`, stored in halves: rows and each panel of weights are widened on the way. */
export function productHalf(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<Product>(step.op)
  const group = tile / op.tilesPerGroup
  const first = (tile % op.tilesPerGroup) * op.rowsPerTile
  const end = min(op.rows, first + op.rowsPerTile)
  const lda = <usize>op.k << 2
  const x = step.a + (<usize>(group * op.channels) << 1)
  unfold<u16>(op, x, first, end, scratch + SUMS_BYTES, scratch + op.stage, i32x4.splat(0), i32x4.splat(0))
  const wide = scratch + SUMS_BYTES + <usize>op.rowsPerTile * lda + 64
  const ldy = <usize>op.ldy << 1
  for (let p = 0; p < op.panels; p++) {
    const column = (group * op.panels + p) << 3
    const weights = op.weights + (<usize>(column * op.k) << 1)
    for (let i: usize = 0, count = <usize>op.k << 3; i < count; i += 4)
      v128.store(wide + (i << 2), widenHalves(weights + (i << 1)))
    let y = step.y + <usize>first * ldy + (<usize>(group * op.columns + (p << 3)) << 1)
    let a = scratch + SUMS_BYTES
    for (let row = first; row < end; row += BLOCK_ROWS, a += lda * BLOCK_ROWS, y += ldy * BLOCK_ROWS) {
      const count = min(BLOCK_ROWS, end - row)
      sumTiles<f32>(a, lda, wide, op.k, count, scratch)
      finishFloat<u16>(op, scratch, count, column, op.columns - (p << 3), y)
    }
  }
}
