import { turn } from './lane'
import { sumTiles } from '../tile'

/**
 * C = alpha * A * B, added to C if `add` is set. The host writes the words in this order (src/products.ts,
 * src/train/matrix.ts); steps are in elements.
 */
@unmanaged
class Multiplication {
  a: usize
  aRow: i32
  aColumn: i32
  b: usize
  bRow: i32
  bColumn: i32
  c: usize
  cRow: i32
  cColumn: i32
  rows: i32
  inner: i32
  columns: i32
  alpha: f32
  add: i32
  /** Room for A in row-major order, for one panel of B, and for the sums of a tile. */
  rowsRoom: usize
  panelRoom: usize
  sumsRoom: usize
}

/** Copies the elements of a matrix to `to` in row-major order. */
export function layRows(
  to: usize,
  from: usize,
  rows: i32,
  columns: i32,
  rowStep: i32,
  columnStep: i32,
): void {
  if (rowStep == 1) return turn(to, (<usize>columns) << 2, from, (<usize>columnStep) << 2, columns, rows)
  for (let i = 0; i < rows; i++) {
    let at = from + ((<usize>(i * rowStep)) << 2)
    for (let j = 0; j < columns; j++, at += (<usize>columnStep) << 2, to += 4) store<f32>(to, load<f32>(at))
  }
}

/** Copies columns of B to a panel [inner][8]. Columns from `count` on are 0. */
function layPanel(to: usize, from: usize, inner: i32, rowStep: i32, columnStep: i32, count: i32): void {
  const step = (<usize>rowStep) << 2
  if (columnStep == 1 && count == 8) {
    for (let k = 0; k < inner; k++, from += step, to += 32) {
      v128.store(to, v128.load(from))
      v128.store(to, v128.load(from, 16), 16)
    }
    return
  }
  if (count < 8) memory.fill(to, 0, (<usize>inner) << 5)
  if (rowStep == 1) return turn(to, 32, from, (<usize>columnStep) << 2, count, inner)
  for (let j = 0; j < count; j++) {
    let at = from + ((<usize>(j * columnStep)) << 2)
    for (let k = 0, into = to + (j << 2); k < inner; k++, at += step, into += 32)
      store<f32>(into, load<f32>(at))
  }
}

/**
 * Multiplies rows of A, `lda` bytes apart, by B. Steps of B and C are in elements. The sums of a tile are at
 * `sumsRoom`, and a panel of B is at `panelRoom`.
 */
export function multiplyRows(
  a: usize,
  lda: usize,
  rows: i32,
  inner: i32,
  columns: i32,
  b: usize,
  bRow: i32,
  bColumn: i32,
  c: usize,
  cRow: i32,
  cColumn: i32,
  alpha: f32,
  add: bool,
  panelRoom: usize,
  sumsRoom: usize,
): void {
  const factor = f32x4.splat(alpha)
  for (let first = 0; first < columns; first += 8) {
    const count = min(8, columns - first)
    layPanel(panelRoom, b + ((<usize>(first * bColumn)) << 2), inner, bRow, bColumn, count)
    const vectors = count == 8 && cColumn == 1
    for (let row = 0; row < rows; row += 5) {
      const few = min(5, rows - row)
      sumTiles<f32>(a + <usize>row * lda, lda, panelRoom, inner, few, sumsRoom)
      let sums = sumsRoom
      for (let i = 0; i < few; i++, sums += 32) {
        let to = c + ((<usize>((row + i) * cRow + first * cColumn)) << 2)
        if (vectors) {
          let low = f32x4.mul(factor, v128.load(sums)), high = f32x4.mul(factor, v128.load(sums, 16))
          if (add) {
            low = f32x4.add(v128.load(to), low)
            high = f32x4.add(v128.load(to, 16), high)
          }
          v128.store(to, low)
          v128.store(to, high, 16)
          continue
        }
        for (let j = 0; j < count; j++, to += (<usize>cColumn) << 2) {
          const value = alpha * load<f32>(sums + ((<usize>j) << 2))
          store<f32>(to, add ? load<f32>(to) + value : value)
        }
      }
    }
  }
}

export function multiplyMatrices(task: usize): void {
  const op = changetype<Multiplication>(task)
  const inPlace = op.aColumn == 1
  if (!inPlace) layRows(op.rowsRoom, op.a, op.rows, op.inner, op.aRow, op.aColumn)
  multiplyRows(
    inPlace ? op.a : op.rowsRoom,
    (<usize>(inPlace ? op.aRow : op.inner)) << 2,
    op.rows,
    op.inner,
    op.columns,
    op.b,
    op.bRow,
    op.bColumn,
    op.c,
    op.cRow,
    op.cColumn,
    op.alpha,
    op.add != 0,
    op.panelRoom,
    op.sumsRoom,
  )
}
