/** A matrix laid over part of an array; element (i, j) is at `offset + i * rowStep + j * columnStep`. */
export interface Matrix {
  readonly data: Float32Array
  readonly offset: number
  readonly rows: number
  readonly columns: number
  readonly rowStep: number
  readonly columnStep: number
}

/** C = alpha * A * B, added to C where `add` is set. */
export type MatrixProduct = (
  c: Matrix,
  a: Matrix,
  b: Matrix,
  options: { readonly alpha: number; readonly add: boolean },
) => void
