/** 1.5 * 2^23: a float32 below 2^22 in magnitude that is added to it leaves its nearest integer, ties to even, in the low bits. */
const ROUNDER: f32 = 12582912
const ROUNDER_BITS: i32 = 0x4b400000
/** Where it lies in memory. */
export const ROUNDER_AT: usize = memory.data<f32>([ROUNDER])

/** The integers an output is held to, less its zero point, and the zero point. */
@unmanaged
export class Target {
  lo: f32
  hi: f32
  zeroPoint: i32
}

/** clamp(rint(x)), with `ROUNDER` in each lane of `rounder`. */
@inline
export function rounded(x: v128, lo: v128, hi: v128, rounder: v128): v128 {
  return i32x4.sub(f32x4.add(f32x4.pmin(hi, f32x4.pmax(lo, x)), rounder), rounder)
}

/** clamp(rint(x)) + zero point. The bounds are integers, so that holding x before rounding is the same. */
@inline
export function settle(x: v128, lo: v128, hi: v128, zeroPoint: i32): v128 {
  const held = f32x4.pmin(hi, f32x4.pmax(lo, x))
  return i32x4.sub(f32x4.add(held, f32x4.splat(ROUNDER)), i32x4.splat(ROUNDER_BITS - zeroPoint))
}

/** Sums to the int8 range: clamp(rint(fl32(f32(sum) * multiplier))) + zero point. */
@inline
export function requantize(sum: v128, multiplier: v128, lo: v128, hi: v128, zeroPoint: i32): v128 {
  return settle(f32x4.mul(f32x4.convert_i32x4_s(sum), multiplier), lo, hi, zeroPoint)
}

/** Two vectors in the int8 range as eight bytes in the low half. */
@inline
export function narrow(low: v128, high: v128): v128 {
  const words = i16x8.narrow_i32x4_s(low, high)
  return i8x16.narrow_i16x8_s(words, words)
}

/** The first `count` of eight bytes. */
@inline
export function storeBytes(at: usize, bytes: v128, count: i32): void {
  if (count >= 8) {
    v128.store64_lane(at, bytes, 0)
    return
  }
  let rest = i64x2.extract_lane(bytes, 0)
  for (let i = 0; i < count; i++, rest >>= 8) store<u8>(at + i, <u8>rest)
}
