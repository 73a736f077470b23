import { widenHalves } from './half'
import { Window } from './window'

/**
 * A product of rows and weights. The rows of a convolution are the windows of x; the rows of a Gemm are x's own. Sizes
 * are in elements. The host writes the words in this order (src/ops/product.ts).
 */
@unmanaged
export class Product extends Window {
  weights: usize
  bias: usize
  multiplier: usize
  /** The number that is subtracted from x; for relaxed dot products, the value of padding. */
  inputZeroPoint: i32
  /** The number of windows in all images. */
  rows: i32
  rowsPerTile: i32
  tilesPerGroup: i32
  /** The number of products in a sum, filled up to the number that the tile needs. */
  k: i32
  panels: i32
  /** The number of results per row and group. */
  columns: i32
  /** The steps from pixel to pixel of x and y. */
  ldx: i32
  ldy: i32
  /** The channels of x in one group. */
  channels: i32
  /** 1 if the rows follow one another in x, 2 if each row is one pixel of x, 0 if windows are unfolded. */
  direct: i32
  /** The number of output positions in an image. */
  positions: i32
  /** The offset in working memory of the stage: the part of x under a tile's windows. */
  stage: usize
  /** The number of pixels in a staged line. */
  stageWidth: i32
}

/**
 * Unfolds windows `first` to `end` of x into rows at `to`: taps in order, each with its channels. The part of x under
 * the windows is first staged in working memory: converted, with its padding around it. So each number is converted
 * once, and windows need no border checks. Writes up to 64 bytes past the last row.
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

/** Gathers rows of one pixel each, for 1x1 windows that skip pixels. */
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

/** Stages lines `line` to `line` + `lines` of an image, converted, each from the left padding on. */
export function stageLines<T>(
  op: Product, image: usize, line: i32, lines: i32, to: usize, offset: v128, padding: v128,
): void {
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

/**
 * Unfolds windows `first` to `first` + `count` of the staged lines, counted from the first window of the first line.
 */
function unfoldStaged<T>(op: Product, first: i32, count: i32, to: usize, stage: usize): void {
  const pixel = <usize>op.channels * bytesOf<T>()
  const line = <usize>op.stageWidth * pixel
  const across = <usize>op.strideX * pixel
  const down = <usize>op.dilationY * line
  // Unless they are dilated, the taps of a window's row are adjacent.
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
    // The numbers that fill up k meet weights of 0, but must be finite.
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
 * The bytes of a number in a row, by the stored type of x: i8 becomes int16, u8 (int8 for relaxed dot products) stays a
 * byte, halves and float32 become float32.
 */
@inline
export function bytesOf<T>(): usize {
  return sizeof<T>() > 1 ? 4 : isSigned<T>() ? 2 : 1
}

/**
 * Converts `count` numbers of x, and up to 15 more, to numbers of a row. `offset` is subtracted from int8, and applied
 * to bytes by exclusive or.
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
 * Sets `bytes` bytes, and up to 15 more that later writes overwrite, to a value. Engines run `memory.fill` outside the
 * code, which takes longer than the few stores of a border.
 */
@inline
function fill(to: usize, value: v128, bytes: usize): void {
  for (const end = to + bytes; to < end; to += 16) v128.store(to, value)
}
