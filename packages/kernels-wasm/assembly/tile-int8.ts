import { narrow, requantize, storeBytes } from './requantize'

/**
 * int8, 5 rows by 8 columns: rows of int16 at `a`, `lda` bytes apart, times a panel of int16 [k / 2][8][2] at `b`; k is even.
 * `dot_i16x8_s` adds two products in each of four columns. One pair of k a turn: more, and TurboFan reads so far ahead that it spills.
 */
export function tileInt8(
  a: usize, lda: usize, b: usize, k: i32, rows: i32, columns: i32,
  y: usize, ldy: usize, bias: usize, multiplier: usize, lo: f32, hi: f32, zeroPoint: i32,
): void {
  let a0 = a
  let a1 = rows > 1 ? a0 + lda : a0
  let a2 = rows > 2 ? a1 + lda : a1
  let a3 = rows > 3 ? a2 + lda : a2
  let a4 = rows > 4 ? a3 + lda : a3
  let low0 = v128.load(bias), high0 = v128.load(bias, 16)
  let low1 = low0, high1 = high0, low2 = low0, high2 = high0, low3 = low0, high3 = high0, low4 = low0, high4 = high0
  for (const end = b + ((<usize>k) << 4); b < end; b += 32) {
    const left = v128.load(b), right = v128.load(b, 16)
    let x = v128.load32_splat(a0)
    low0 = i32x4.add(low0, i32x4.dot_i16x8_s(x, left))
    high0 = i32x4.add(high0, i32x4.dot_i16x8_s(x, right))
    x = v128.load32_splat(a1)
    low1 = i32x4.add(low1, i32x4.dot_i16x8_s(x, left))
    high1 = i32x4.add(high1, i32x4.dot_i16x8_s(x, right))
    x = v128.load32_splat(a2)
    low2 = i32x4.add(low2, i32x4.dot_i16x8_s(x, left))
    high2 = i32x4.add(high2, i32x4.dot_i16x8_s(x, right))
    x = v128.load32_splat(a3)
    low3 = i32x4.add(low3, i32x4.dot_i16x8_s(x, left))
    high3 = i32x4.add(high3, i32x4.dot_i16x8_s(x, right))
    x = v128.load32_splat(a4)
    low4 = i32x4.add(low4, i32x4.dot_i16x8_s(x, left))
    high4 = i32x4.add(high4, i32x4.dot_i16x8_s(x, right))
    a0 += 4
    a1 += 4
    a2 += 4
    a3 += 4
    a4 += 4
  }
  const l = f32x4.splat(lo), h = f32x4.splat(hi)
  const m0 = v128.load(multiplier), m1 = v128.load(multiplier, 16)
  storeBytes(y, narrow(requantize(low0, m0, l, h, zeroPoint), requantize(high0, m1, l, h, zeroPoint)), columns)
  if (rows < 2) return
  y += ldy
  storeBytes(y, narrow(requantize(low1, m0, l, h, zeroPoint), requantize(high1, m1, l, h, zeroPoint)), columns)
  if (rows < 3) return
  y += ldy
  storeBytes(y, narrow(requantize(low2, m0, l, h, zeroPoint), requantize(high2, m1, l, h, zeroPoint)), columns)
  if (rows < 4) return
  y += ldy
  storeBytes(y, narrow(requantize(low3, m0, l, h, zeroPoint), requantize(high3, m1, l, h, zeroPoint)), columns)
  if (rows < 5) return
  y += ldy
  storeBytes(y, narrow(requantize(low4, m0, l, h, zeroPoint), requantize(high4, m1, l, h, zeroPoint)), columns)
}
