import { widenHalves } from './half'
import { Window } from './window'

/**
 * A product of rows and weights: a convolution whose rows are the windows of x, a Gemm whose rows are x's own. Sizes
 * are in elements. The host writes the words in this order (src/ops/product.ts).
 */
@unmanaged
export class Product extends Window {
  weights: usize
  bias: usize
  multiplier: usize
  /** Subtracted from x; for relaxed dot products what padding is filled with. */
  inputZeroPoint: i32
  /** All windows of all images. */
  rows: i32
  rowsPerTile: i32
  tilesPerGroup: i32
  /** Products a sum, filled up to what the tile asks for. */
  k: i32
  panels: i32
  /** Results a row and group. */
  columns: i32
  /** From pixel to pixel of x and y. */
  ldx: i32
  ldy: i32
  /** Of x, in one group. */
  channels: i32
  /** 1 where the rows lie in x one after the other, 2 where each is one pixel of x, 0 where windows are unfolded. */
  direct: i32
  /** Outputs an image. */
  positions: i32
  /** Where in working memory the part of x under a tile's windows is staged. */
  stage: usize
  /** Pixels of a staged line. */
  stageWidth: i32
}

/**
 * Unfolds windows `first` to `end` of x into rows at `to`: taps in order, each with its channels. What lies under the
 * windows is staged in working memory first, converted, with its padding around it, so that each number is converted
 * once and windows have no borders to mind. Writes up to 64 bytes past the last row.
 */
export function unfold<T>(
  op: Product, x: usize, first: i32, end: i32, to: usize, stage: usize, offset: v128, padding: v128,
): void {
  if (op.direct == 1) return convert<T>(to, x + <usize>(first * op.ldx) * sizeof<T>(), (end - first) * op.k, offset)
  if (op.direct == 2) return gather<T>(op, x, first, end, to, offset)
  const imageBytes = <usize>(op.height * op.width * op.ldx) * sizeof<T>()
  for (let row = first; row < end; ) {
    const image = row / op.positions
    const start = image * op.positions
    const stop = min(end, start + op.positions)
    const top = (row - start) / op.outWidth
    const bottom = (stop - 1 - start) / op.outWidth
    const lines = (bottom - top) * op.strideY + (op.kernelY - 1) * op.dilationY + 1
    stageLines<T>(op, x + <usize>image * imageBytes, top * op.strideY - op.top, lines, stage, offset, padding)
    unfoldStaged<T>(op, row - start - top * op.outWidth, stop - row, to, stage)
    to += <usize>(stop - row) * <usize>op.k * bytesOf<T>()
    row = stop
  }
}

/** Rows of one pixel each: 1x1 windows that leave pixels out. */
function gather<T>(op: Product, x: usize, first: i32, end: i32, to: usize, offset: v128): void {
  const pixel = <usize>op.ldx * sizeof<T>()
  let image = first / op.positions
  let oy = (first % op.positions) / op.outWidth
  let ox = first % op.positions % op.outWidth
  for (let row = first; row < end; row++, to += <usize>op.k * bytesOf<T>()) {
    const at = (image * op.height + oy * op.strideY) * op.width + ox * op.strideX
    convert<T>(to, x + <usize>at * pixel, op.channels, offset)
    fill(to + <usize>op.channels * bytesOf<T>(), i32x4.splat(0), <usize>(op.k - op.channels) * bytesOf<T>())
    if (++ox == op.outWidth) {
      ox = 0
      if (++oy * op.outWidth == op.positions) {
        oy = 0
        image++
      }
    }
  }
}

/** Lines `line` to `line` + `lines` of an image, converted, each from the left padding on. */
function stageLines<T>(op: Product, image: usize, line: i32, lines: i32, to: usize, offset: v128, padding: v128): void {
  const pixel = <usize>op.channels * bytesOf<T>()
  const before = min(op.left, op.stageWidth)
  const inside = min(op.width, op.stageWidth - before)
  const after = op.stageWidth - before - inside
  const step = <usize>op.ldx * sizeof<T>()
  for (const end = line + lines; line < end; line++) {
    if (line < 0 || line >= op.height) {
      fill(to, padding, <usize>op.stageWidth * pixel)
      to += <usize>op.stageWidth * pixel
      continue
    }
    fill(to, padding, <usize>before * pixel)
    to += <usize>before * pixel
    let from = image + <usize>(line * op.width) * step
    if (op.ldx == op.channels) {
      convert<T>(to, from, inside * op.channels, offset)
      to += <usize>inside * pixel
    } else for (let i = 0; i < inside; i++, from += step, to += pixel) convert<T>(to, from, op.channels, offset)
    fill(to, padding, <usize>after * pixel)
    to += <usize>after * pixel
  }
}

/** Windows `first` to `first` + `count` of the staged lines, counted from the first one of the first line. */
function unfoldStaged<T>(op: Product, first: i32, count: i32, to: usize, stage: usize): void {
  const pixel = <usize>op.channels * bytesOf<T>()
  const line = <usize>op.stageWidth * pixel
  const across = <usize>op.strideX * pixel
  const down = <usize>op.dilationY * line
  // The taps of a window's row are neighbours unless they are dilated.
  const runs = op.dilationX == 1 ? 1 : op.kernelX
  const run = op.dilationX == 1 ? <usize>op.kernelX * pixel : pixel
  const apart = <usize>op.dilationX * pixel
  const rest = <usize>op.k * bytesOf<T>() - <usize>(op.kernelY * op.kernelX) * pixel
  const zeros = i32x4.splat(0)
  let ox = first
  let from = stage + <usize>first * across
  for (; count > 0; count--) {
    let window = from
    for (let ky = 0; ky < op.kernelY; ky++, window += down)
      for (let i = 0, tap = window; i < runs; i++, tap += apart) {
        for (let at: usize = 0; at < run; at += 16) v128.store(to + at, v128.load(tap + at))
        to += run
      }
    // What fills k up meets weights of 0, but must be finite.
    if (rest > 0) fill(to, zeros, rest)
    to += rest
    from += across
    if (++ox == op.outWidth) {
      ox = 0
      stage += <usize>op.strideY * line
      from = stage
    }
  }
}

/**
 * Bytes of a number in a row, by how x is stored: i8 becomes int16, u8 (int8 for relaxed dot products) stays a byte,
 * halves and float32 become float32.
 */
@inline
export function bytesOf<T>(): usize {
  return sizeof<T>() > 1 ? 4 : isSigned<T>() ? 2 : 1
}

/**
 * Turns numbers of x into a row's, `count` of them, and up to 15 more. `offset` is taken from int8, and applied to
 * bytes by exclusive or.
 */
@inline
function convert<T>(to: usize, from: usize, count: i32, offset: v128): void {
  if (sizeof<T>() == 1 && !isSigned<T>()) {
    for (let i = 0; i < count; i += 16) v128.store(to + i, v128.xor(v128.load(from + i), offset))
    return
  }
  for (let i = 0; i < count; i += 8, to += 8 * bytesOf<T>(), from += 8 * sizeof<T>()) {
    if (sizeof<T>() == 1) v128.store(to, i16x8.sub(v128.load8x8_s(from), offset))
    else if (sizeof<T>() == 2) {
      v128.store(to, widenHalves(from))
      v128.store(to, widenHalves(from + 8), 16)
    } else {
      v128.store(to, v128.load(from))
      v128.store(to, v128.load(from, 16), 16)
    }
  }
}

/**
 * Sets `bytes` bytes to a value, and up to 15 more, which what follows writes over. Engines run `memory.fill` outside
 * of the code, which takes longer than the few stores of a border.
 */
@inline
function fill(to: usize, value: v128, bytes: usize): void {
  for (const end = to + bytes; to < end; to += 16) v128.store(to, value)
}
