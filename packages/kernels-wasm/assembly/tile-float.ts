import { hold, storeUpToFour } from './half'

/**
 * float32, 5 rows by 8 columns: rows at `a`, `lda` bytes apart, times a panel [k][8] at `b`. Products and sums are rounded each, in
 * the order of k, so every engine gives the same bits. T is what is stored: f32, or u16 for halves.
 */
export function tileFloat<T>(
  a: usize, lda: usize, b: usize, k: i32, rows: i32, columns: i32,
  y: usize, ldy: usize, bias: usize, lo: f32, hi: f32,
): void {
  let a0 = a
  let a1 = rows > 1 ? a0 + lda : a0
  let a2 = rows > 2 ? a1 + lda : a1
  let a3 = rows > 3 ? a2 + lda : a2
  let a4 = rows > 4 ? a3 + lda : a3
  let low0 = v128.load(bias), high0 = v128.load(bias, 16)
  let low1 = low0, high1 = high0, low2 = low0, high2 = high0, low3 = low0, high3 = high0, low4 = low0, high4 = high0
  for (const end = b + ((<usize>k) << 5); b < end; b += 32) {
    const left = v128.load(b), right = v128.load(b, 16)
    let x = v128.load32_splat(a0)
    low0 = f32x4.add(low0, f32x4.mul(x, left))
    high0 = f32x4.add(high0, f32x4.mul(x, right))
    x = v128.load32_splat(a1)
    low1 = f32x4.add(low1, f32x4.mul(x, left))
    high1 = f32x4.add(high1, f32x4.mul(x, right))
    x = v128.load32_splat(a2)
    low2 = f32x4.add(low2, f32x4.mul(x, left))
    high2 = f32x4.add(high2, f32x4.mul(x, right))
    x = v128.load32_splat(a3)
    low3 = f32x4.add(low3, f32x4.mul(x, left))
    high3 = f32x4.add(high3, f32x4.mul(x, right))
    x = v128.load32_splat(a4)
    low4 = f32x4.add(low4, f32x4.mul(x, left))
    high4 = f32x4.add(high4, f32x4.mul(x, right))
    a0 += 4
    a1 += 4
    a2 += 4
    a3 += 4
    a4 += 4
  }
  const l = f32x4.splat(lo), h = f32x4.splat(hi)
  storeRow<T>(y, hold(low0, l, h), hold(high0, l, h), columns)
  if (rows < 2) return
  y += ldy
  storeRow<T>(y, hold(low1, l, h), hold(high1, l, h), columns)
  if (rows < 3) return
  y += ldy
  storeRow<T>(y, hold(low2, l, h), hold(high2, l, h), columns)
  if (rows < 4) return
  y += ldy
  storeRow<T>(y, hold(low3, l, h), hold(high3, l, h), columns)
  if (rows < 5) return
  y += ldy
  storeRow<T>(y, hold(low4, l, h), hold(high4, l, h), columns)
}

/** The first `columns` of eight numbers. */
// @ts-ignore: decorator
@inline
function storeRow<T>(y: usize, low: v128, high: v128, columns: i32): void {
  storeUpToFour<T>(y, low, columns)
  storeUpToFour<T>(y + 4 * sizeof<T>(), high, columns - 4)
}
