import { widenHalves } from './half'
import { Product, unfold } from './rows'
import { Step } from './step'
import { tileFloat } from './tile-float'
import { tileInt8 } from './tile-int8'

const TILE_ROWS = 5

/** Sums of int8 products, rescaled: Conv, Gemm and MatMul. */
export function productInt8(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<Product>(step.op)
  const group = tile / op.tilesPerGroup
  const first = (tile % op.tilesPerGroup) * op.rowsPerTile
  const end = min(op.rows, first + op.rowsPerTile)
  unfold<i8>(op, step.a + <usize>(group * op.channels), first, end, scratch)
  const lda = <usize>op.k << 1
  const panel = <usize>op.k << 4
  const ldy = <usize>op.ldy
  for (let p = 0; p < op.panels; p++) {
    const column = (group * op.panels + p) << 3
    const weights = op.weights + <usize>(group * op.panels + p) * panel
    const columns = op.columns - (p << 3)
    let y = step.y + <usize>first * ldy + <usize>(group * op.columns + (p << 3))
    let a = scratch
    for (let row = first; row < end; row += TILE_ROWS, a += lda * TILE_ROWS, y += ldy * TILE_ROWS)
      tileInt8(
        a, lda, weights, op.k, end - row, columns,
        y, ldy, op.bias + (<usize>column << 2), op.multiplier + (<usize>column << 2), op.lo, op.hi, op.zeroPoint,
      )
  }
}

/** Sums of float32 products: rows that lie in x as they are wanted are read there. */
export function productFloat(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<Product>(step.op)
  const group = tile / op.tilesPerGroup
  const first = (tile % op.tilesPerGroup) * op.rowsPerTile
  const end = min(op.rows, first + op.rowsPerTile)
  const lda = <usize>op.k << 2
  let rows = scratch
  if (op.direct) rows = step.a + <usize>first * lda
  else unfold<f32>(op, step.a + (<usize>(group * op.channels) << 2), first, end, scratch)
  const ldy = <usize>op.ldy << 2
  for (let p = 0; p < op.panels; p++) {
    const column = (group * op.panels + p) << 3
    const weights = op.weights + <usize>column * lda
    let y = step.y + <usize>first * ldy + (<usize>(group * op.columns + (p << 3)) << 2)
    let a = rows
    for (let row = first; row < end; row += TILE_ROWS, a += lda * TILE_ROWS, y += ldy * TILE_ROWS)
      tileFloat<f32>(
        a, lda, weights, op.k, end - row, op.columns - (p << 3),
        y, ldy, op.bias + (<usize>column << 2), op.lo, op.hi,
      )
  }
}

/** As `productFloat`, stored in halves: rows and each panel of weights are widened on the way. */
export function productHalf(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<Product>(step.op)
  const group = tile / op.tilesPerGroup
  const first = (tile % op.tilesPerGroup) * op.rowsPerTile
  const end = min(op.rows, first + op.rowsPerTile)
  const lda = <usize>op.k << 2
  unfold<u16>(op, step.a + (<usize>(group * op.channels) << 1), first, end, scratch)
  const wide = scratch + <usize>op.rowsPerTile * lda + 64
  const ldy = <usize>op.ldy << 1
  for (let p = 0; p < op.panels; p++) {
    const column = (group * op.panels + p) << 3
    const weights = op.weights + (<usize>(column * op.k) << 1)
    for (let i: usize = 0, count = <usize>op.k << 3; i < count; i += 4) v128.store(wide + (i << 2), widenHalves(weights + (i << 1)))
    let y = step.y + <usize>first * ldy + (<usize>(group * op.columns + (p << 3)) << 1)
    let a = scratch
    for (let row = first; row < end; row += TILE_ROWS, a += lda * TILE_ROWS, y += ldy * TILE_ROWS)
      tileFloat<u16>(
        a, lda, wide, op.k, end - row, op.columns - (p << 3),
        y, ldy, op.bias + (<usize>column << 2), op.lo, op.hi,
      )
  }
}
