import type { ConvSpec, GemmSpec } from '@octet/core'
import { extentOf, type Sizes } from '../kernel.ts'
import type { Weighted } from '../weighted.ts'
import { geometryOf, originOf, within } from '../window.ts'

/** The part of x that is read at once: some consecutive words (of four channels) of one pixel. */
export interface Piece {
  /** The number of words, a divisor of the words of a pixel. */
  readonly words: 1 | 2 | 4
  /** WGSL type of the entries of x's array. */
  readonly storage: string
}

/**
 * The left matrix of an implicit GEMM, with a row for each output pixel and a column for each piece of each tap, taps
 * outermost. For Gemm and pointwise Conv it is the input itself. Other Convs gather it while they read.
 */
export interface Rows {
  readonly count: number
  readonly columns: number
  readonly title: string
  readonly sizes: Sizes
  readonly functions: readonly string[]
  /** Statements that find the begin of row `row`. Their names end in `suffix`. */
  place(row: string, suffix: string): string
  /** Statements that find tap and channels of column `column`, which may be past the last column. */
  locate(column: string): string
  /** The piece of a placed row at the located column, or 0 past the last column. */
  piece(suffix: string): string
}

/** The rows of a Conv with one group, or of a Gemm, in pieces. The default piece is a word. */
export function rowsOf(
  spec: ConvSpec | GemmSpec,
  op: Weighted,
  { words, storage }: Piece = { words: 1, storage: op.element.storage },
): Rows {
  const [x] = spec.inputs
  const input = extentOf(x)
  const out = extentOf(spec.output)
  const count = out.n * out.p
  const zero = `${storage}()`
  const pieces = input.c4 / words
  const geometry = spec.op === 'Conv' ? geometryOf(spec, x, spec.output) : undefined
  if (geometry === undefined || geometry.pointwise)
    return {
      count,
      columns: pieces,
      title: 'pointwise',
      sizes: { rows: count, columns: pieces },
      functions: [],
      place: (row, suffix) => `let start${suffix} = (${row}) * scalars.columns;`,
      locate: (column) =>
        `let c = min(${column}, scalars.columns - 1u);\nlet there = ${column} < scalars.columns;`,
      piece: (suffix) => `select(${zero}, x[start${suffix} + c], there)`,
    }
  const columns = geometry.sizes['kernelHeight'] * geometry.sizes['kernelWidth'] * pieces
  // Sums of a row's channels must not count the padding lanes of padding.
  const last = op.corrected
    ? `(${op.padding} & select(~0u, scalars.tail, c == scalars.pieces - 1u))`
    : op.padding
  const padding = !op.integer
    ? zero
    : words === 1
      ? last
      : `${storage}(${[...Array<string>(words - 1).fill(op.padding), last].join(', ')})`
  const inImage = 'h >= 0 && h < i32(scalars.height) && v >= 0 && v < i32(scalars.width)'
  const inside = geometry.leaves ? `let inside = ${inImage};\n  ` : ''
  return {
    count,
    columns,
    title: 'windowed',
    sizes: {
      ...geometry.sizes,
      rows: count,
      columns,
      pieces,
      ...(op.corrected && { tail: [0xffffffff, 0xff, 0xffff, 0xffffff][input.c % 4] }),
    },
    functions: [
      `
fn pieceAt(image: u32, h: i32, v: i32, c: u32, there: bool) -> ${storage} {
  let line = image * scalars.height + ${within(geometry, 'h', 'height')};
  let read = x[(line * scalars.width + ${within(geometry, 'v', 'width')}) * scalars.pieces + c];
  ${inside}return select(${zero}, ${geometry.leaves ? `select(${padding}, read, inside)` : 'read'}, there);
}`,
    ],
    place: (row, suffix) => originOf(`(${row})`, suffix),
    locate: (column) =>
      `
let at = min(${column}, scalars.columns - 1u);
let there = ${column} < scalars.columns;
let c = at % scalars.pieces;
let tap = at / scalars.pieces;
let h = i32(tap / scalars.kernelWidth * scalars.dilationHeight);
let v = i32(tap % scalars.kernelWidth * scalars.dilationWidth);`.trim(),
    piece: (suffix) => `pieceAt(image${suffix}, row${suffix} + h, column${suffix} + v, c, there)`,
  }
}
