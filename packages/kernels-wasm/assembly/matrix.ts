import { fiveFloat, oneFloat } from './tile-float'

/** C = alpha * A * B, added to C where `add` is set. Written by the host (src/products.ts) in this order; steps are in elements. */
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
  /** Room for A row by row, for one panel of B, and for the sums of a tile. */
  rowsRoom: usize
  panelRoom: usize
  sumsRoom: usize
}

/** Element (i, j) of a matrix to `to`, row by row. */
function layRows(to: usize, from: usize, rows: i32, columns: i32, rowStep: i32, columnStep: i32): void {
  for (let i = 0; i < rows; i++) {
    let at = from + (<usize>(i * rowStep) << 2)
    if (columnStep == 1) {
      memory.copy(to, at, <usize>columns << 2)
      to += <usize>columns << 2
      continue
    }
    for (let j = 0; j < columns; j++, at += <usize>columnStep << 2, to += 4) store<f32>(to, load<f32>(at))
  }
}

/** Columns `first` to `first` + 8 of B, [inner][8]; those past its end are 0. */
function layPanel(op: Multiplication, first: i32): void {
  const count = min(8, op.columns - first)
  const rowStep = <usize>op.bRow << 2
  let to = op.panelRoom
  let from = op.b + (<usize>(first * op.bColumn) << 2)
  if (op.bColumn == 1 && count == 8) {
    for (let k = 0; k < op.inner; k++, from += rowStep, to += 32) {
      v128.store(to, v128.load(from))
      v128.store(to, v128.load(from, 16), 16)
    }
    return
  }
  if (count < 8) memory.fill(to, 0, <usize>op.inner << 5)
  for (let j = 0; j < count; j++) {
    let at = from + (<usize>(j * op.bColumn) << 2)
    for (let k = 0, into = to + (j << 2); k < op.inner; k++, at += rowStep, into += 32) store<f32>(into, load<f32>(at))
  }
}

export function multiplyMatrices(task: usize): void {
  const op = changetype<Multiplication>(task)
  layRows(op.rowsRoom, op.a, op.rows, op.inner, op.aRow, op.aColumn)
  const lda = <usize>op.inner << 2
  for (let first = 0; first < op.columns; first += 8) {
    layPanel(op, first)
    const count = min(8, op.columns - first)
    for (let row = 0; row < op.rows; ) {
      const a = op.rowsRoom + <usize>row * lda
      const five = op.rows - row >= 5
      if (five) fiveFloat(a, lda, op.panelRoom, op.inner, op.sumsRoom)
      else oneFloat(a, op.panelRoom, op.inner, op.sumsRoom)
      for (let sums = op.sumsRoom, end = row + (five ? 5 : 1); row < end; row++, sums += 32) {
        let c = op.c + (<usize>(row * op.cRow + first * op.cColumn) << 2)
        for (let j = 0; j < count; j++, c += <usize>op.cColumn << 2) {
          const value = op.alpha * load<f32>(sums + (<usize>j << 2))
          store<f32>(c, op.add ? load<f32>(c) + value : value)
        }
      }
    }
  }
}
