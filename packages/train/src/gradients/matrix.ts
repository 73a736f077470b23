import type { Matrix, MatrixProduct } from '@octet/core/training'

/** A dense row-major matrix that starts at `offset`. */
export function matrixOf(data: Float32Array, rows: number, columns: number, offset = 0): Matrix {
  return { data, offset, rows, columns, rowStep: columns, columnStep: 1 }
}

/** The transpose of a matrix, over the same data. */
export function transpose({ data, offset, rows, columns, rowStep, columnStep }: Matrix): Matrix {
  return { data, offset, rows: columns, columns: rows, rowStep: columnStep, columnStep: rowStep }
}

/**
 * The matrix product by this package's loops. Blocks of 2 x 4 results stay in registers and are summed in float64, so
 * each element is rounded to float32 once. The order of summation is fixed, and so are the bits.
 */
export const multiply: MatrixProduct = (c, a, b, { alpha, add }) => {
  if (!add) clear(c)
  const even = c.rows - (c.rows % 2)
  for (let i = 0; i < even; i += 2) rowPair(c, a, b, i, alpha)
  if (even < c.rows) lastRow(c, a, b, even, alpha)
}

function clear({ data, offset, rows, columns, rowStep, columnStep }: Matrix): void {
  for (let i = 0; i < rows; i++)
    for (let j = 0, at = offset + i * rowStep; j < columns; j++, at += columnStep) data[at] = 0
}

function rowPair(c: Matrix, a: Matrix, b: Matrix, i: number, alpha: number): void {
  const A = a.data
  const B = b.data
  const C = c.data
  const n = c.columns
  const k = a.columns
  const aStep = a.columnStep
  const bStep = b.rowStep
  const b1 = b.columnStep
  const b2 = 2 * b1
  const b3 = 3 * b1
  const top = a.offset + i * a.rowStep
  const bottom = top + a.rowStep
  const blocked = n - (n % 4)
  let j = 0
  for (; j < blocked; j += 4) {
    let s00 = 0
    let s01 = 0
    let s02 = 0
    let s03 = 0
    let s10 = 0
    let s11 = 0
    let s12 = 0
    let s13 = 0
    let p = top
    let q = bottom
    let r = b.offset + j * b1
    for (let step = 0; step < k; step++) {
      const x = A[p]
      const y = A[q]
      const v0 = B[r]
      const v1 = B[r + b1]
      const v2 = B[r + b2]
      const v3 = B[r + b3]
      s00 += x * v0
      s01 += x * v1
      s02 += x * v2
      s03 += x * v3
      s10 += y * v0
      s11 += y * v1
      s12 += y * v2
      s13 += y * v3
      p += aStep
      q += aStep
      r += bStep
    }
    const d = c.columnStep
    let at = c.offset + i * c.rowStep + j * d
    C[at] += alpha * s00
    C[at + d] += alpha * s01
    C[at + 2 * d] += alpha * s02
    C[at + 3 * d] += alpha * s03
    at += c.rowStep
    C[at] += alpha * s10
    C[at + d] += alpha * s11
    C[at + 2 * d] += alpha * s12
    C[at + 3 * d] += alpha * s13
  }
  for (; j < n; j++) {
    let s0 = 0
    let s1 = 0
    let p = top
    let q = bottom
    let r = b.offset + j * b1
    for (let step = 0; step < k; step++) {
      const v = B[r]
      s0 += A[p] * v
      s1 += A[q] * v
      p += aStep
      q += aStep
      r += bStep
    }
    const at = c.offset + i * c.rowStep + j * c.columnStep
    C[at] += alpha * s0
    C[at + c.rowStep] += alpha * s1
  }
}

function lastRow(c: Matrix, a: Matrix, b: Matrix, i: number, alpha: number): void {
  const A = a.data
  const B = b.data
  const C = c.data
  for (let j = 0; j < c.columns; j++) {
    let sum = 0
    let p = a.offset + i * a.rowStep
    let r = b.offset + j * b.columnStep
    for (let step = 0; step < a.columns; step++) {
      sum += A[p] * B[r]
      p += a.columnStep
      r += b.rowStep
    }
    C[c.offset + i * c.rowStep + j * c.columnStep] += alpha * sum
  }
}
