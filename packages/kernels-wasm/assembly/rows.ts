import { widenHalves } from './half'

/**
 * A product of rows and weights: a convolution whose rows are the windows of x, a Gemm whose rows are x's own. Sizes are in elements.
 * Written by the host (src/ops/product.ts) in this order.
 */
@unmanaged
export class Product {
  weights: usize
  bias: usize
  multiplier: usize
  lo: f32
  hi: f32
  zeroPoint: i32
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
  /** 1 where the rows lie in x one after the other. */
  direct: i32
  height: i32
  width: i32
  outWidth: i32
  positions: i32
  kernelY: i32
  kernelX: i32
  strideY: i32
  strideX: i32
  top: i32
  left: i32
  dilationY: i32
  dilationX: i32
  /** 1 where the taps of a window's row are neighbours in memory. */
  contiguous: i32
}

/**
 * Sets `bytes` bytes to a value, and up to 15 more, which what follows writes over. Engines run `memory.fill` outside of the code, which takes
 * longer than the few stores of a border.
 */
@inline
function fill(to: usize, value: v128, bytes: usize): void {
  for (const end = to + bytes; to < end; to += 16) v128.store(to, value)
}

/** Turns numbers of x into a row's, `count` of them, and up to 7 more. */
@inline
function copy<T>(to: usize, from: usize, count: i32, zeroPoint: i32): void {
  for (let i = 0; i < count; i += 8) {
    if (sizeof<T>() == 1) {
      // int8 to int16 less the zero point
      v128.store(to, i16x8.sub(v128.load8x8_s(from), i16x8.splat(<i16>zeroPoint)))
      to += 16
      from += 8
    } else if (sizeof<T>() == 2) {
      v128.store(to, widenHalves(from))
      v128.store(to, widenHalves(from + 8), 16)
      to += 32
      from += 16
    } else {
      v128.store(to, v128.load(from))
      v128.store(to, v128.load(from, 16), 16)
      to += 32
      from += 32
    }
  }
}

/** Whether the window at (iy, ix) lies inside of the image and its rows can be copied whole. */
@inline
function isWhole(op: Product, iy: i32, ix: i32): bool {
  return op.contiguous != 0 && iy >= 0 && ix >= 0 && ix + op.kernelX <= op.width && iy + (op.kernelY - 1) * op.dilationY < op.height
}

/**
 * Unfolds windows `first` to `end` of x into rows at `to`: taps in order, each with its channels; padding is 0. T is how x is
 * stored: i8 becomes int16 less the zero point, halves (u16) and f32 become float32. Writes up to 32 bytes past the last row.
 */
export function unfold<T>(op: Product, x: usize, first: i32, end: i32, to: usize): void {
  const size: usize = sizeof<T>() == 1 ? 2 : 4
  const stride = <usize>op.k * size
  const zeros = i32x4.splat(0)
  if (op.direct) {
    copy<T>(to, x + <usize>(first * op.ldx) * sizeof<T>(), (end - first) * op.k, op.inputZeroPoint)
    return
  }
  let image = first / op.positions
  let oy = (first % op.positions) / op.outWidth
  let ox = first % op.outWidth
  const imageBytes = <usize>(op.height * op.width * op.ldx) * sizeof<T>()
  const pixel = <usize>op.ldx * sizeof<T>()
  const rowBytes = <usize>op.width * pixel
  const taps = op.contiguous ? op.kernelX : 1
  for (let row = first; row < end; row++, to += stride) {
    const from = x + <usize>image * imageBytes
    let at = to
    const ix0 = ox * op.strideX - op.left
    const iy0 = oy * op.strideY - op.top
    const isInside = isWhole(op, iy0, ix0)
    if (isInside) {
      const count = op.kernelX * op.channels
      let line = from + <usize>iy0 * rowBytes + <usize>ix0 * pixel
      for (let ky = 0; ky < op.kernelY; ky++, at += <usize>count * size, line += <usize>op.dilationY * rowBytes)
        copy<T>(at, line, count, op.inputZeroPoint)
    }
    for (let ky = isInside ? op.kernelY : 0; ky < op.kernelY; ky++) {
      const iy = iy0 + ky * op.dilationY
      const line = from + <usize>iy * rowBytes
      if (iy < 0 || iy >= op.height) {
        const bytes = <usize>(op.kernelX * op.channels) * size
        fill(at, zeros, bytes)
        at += bytes
        continue
      }
      for (let kx = 0; kx < op.kernelX; kx += taps) {
        const ix = ix0 + kx * op.dilationX
        const before = min(taps, max(0, -ix))
        const inside = max(0, min(taps, op.width - ix) - before)
        const after = taps - before - inside
        if (before > 0) {
          const bytes = <usize>(before * op.channels) * size
          fill(at, zeros, bytes)
          at += bytes
        }
        if (inside > 0) {
          copy<T>(at, line + <usize>(ix + before) * pixel, inside * op.channels, op.inputZeroPoint)
          at += <usize>(inside * op.channels) * size
        }
        if (after > 0) {
          const bytes = <usize>(after * op.channels) * size
          fill(at, zeros, bytes)
          at += bytes
        }
      }
    }
    // What fills k up meets weights of 0, but must be finite.
    if (at < to + stride) fill(at, zeros, to + stride - at)
    if (++ox == op.outWidth) {
      ox = 0
      if (++oy * op.outWidth == op.positions) {
        oy = 0
        image++
      }
    }
  }
}

/** Unfolds windows as `unfold`, into bytes with `flip` applied; padding is the zero point. */
export function unfoldBytes(op: Product, x: usize, first: i32, end: i32, to: usize, flip: i32): void {
  const stride = <usize>op.k
  const mask = i8x16.splat(<i8>flip)
  if (op.direct) {
    const count = (end - first) * op.k
    const from = x + <usize>(first * op.ldx)
    for (let i = 0; i < count; i += 16) v128.store(to + i, v128.xor(v128.load(from + i), mask))
    return
  }
  let image = first / op.positions
  let oy = (first % op.positions) / op.outWidth
  let ox = first % op.outWidth
  const pad = i8x16.splat(<i8>(op.inputZeroPoint ^ flip))
  const taps = op.contiguous ? op.kernelX : 1
  for (let row = first; row < end; row++, to += stride) {
    const from = x + <usize>(image * op.height * op.width * op.ldx)
    let at = to
    for (let ky = 0; ky < op.kernelY; ky++) {
      const iy = oy * op.strideY - op.top + ky * op.dilationY
      if (iy < 0 || iy >= op.height) {
        fill(at, pad, op.kernelX * op.channels)
        at += op.kernelX * op.channels
        continue
      }
      const line = from + <usize>(iy * op.width * op.ldx)
      for (let kx = 0; kx < op.kernelX; kx += taps) {
        const ix = ox * op.strideX - op.left + kx * op.dilationX
        const before = min(taps, max(0, -ix))
        const inside = max(0, min(taps, op.width - ix) - before)
        if (before > 0) fill(at, pad, before * op.channels)
        at += before * op.channels
        const source = line + <usize>((ix + before) * op.ldx)
        const count = inside * op.channels
        for (let i = 0; i < count; i += 16) v128.store(at + i, v128.xor(v128.load(source + i), mask))
        at += count
        const after = (taps - before - inside) * op.channels
        if (after > 0) fill(at, pad, after)
        at += after
      }
    }
    if (++ox == op.outWidth) {
      ox = 0
      if (++oy * op.outWidth == op.positions) {
        oy = 0
        image++
      }
    }
  }
}
