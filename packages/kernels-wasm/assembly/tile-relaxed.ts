import { narrow, requantize, storeBytes } from './requantize'

/**
 * int8 by relaxed dot products, 5 rows by 8 columns: rows of bytes at `a`, `lda` apart, times a panel of int8 [k / 4][8][4] at `b`;
 * k is a multiple of 4. What the engine makes of a byte of `a` with its top bit set, signed or unsigned, was probed; the rows are
 * flipped and the biases corrected by it.
 */
export function tileRelaxed(
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
  for (const end = b + ((<usize>k) << 3); b < end; b += 32) {
    const left = v128.load(b), right = v128.load(b, 16)
    let x = v128.load32_splat(a0)
    low0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(left, x, low0)
    high0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(right, x, high0)
    x = v128.load32_splat(a1)
    low1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(left, x, low1)
    high1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(right, x, high1)
    x = v128.load32_splat(a2)
    low2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(left, x, low2)
    high2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(right, x, high2)
    x = v128.load32_splat(a3)
    low3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(left, x, low3)
    high3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(right, x, high3)
    x = v128.load32_splat(a4)
    low4 = i32x4.relaxed_dot_i8x16_i7x16_add_s(left, x, low4)
    high4 = i32x4.relaxed_dot_i8x16_i7x16_add_s(right, x, high4)
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
