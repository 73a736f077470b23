/**
 * 1.5 * 2^23. Adding it to a float32 below 2^22 in magnitude leaves the nearest integer, ties to even, in the low bits.
 */
const ROUNDER = memory.data<f32>([12582912])

/**
 * The bounds of an output. Ops store them in this order and read each as a vector before their loops, because engines
 * compute vectors that are computed in a loop, and constants, again in each iteration.
 */
@unmanaged
export class Target {
  /** Bounds of integers, minus the zero point. */
  lo: f32
  hi: f32
  /** The bits of `ROUNDER` minus the zero point. */
  base: i32
}

@inline
export function lowest(target: usize): v128 {
  return v128.load32_splat(target, offsetof<Target>('lo'))
}

@inline
export function highest(target: usize): v128 {
  return v128.load32_splat(target, offsetof<Target>('hi'))
}

@inline
export function bases(target: usize): v128 {
  return v128.load32_splat(target, offsetof<Target>('base'))
}

@inline
export function rounders(): v128 {
  return v128.load32_splat(ROUNDER)
}

/** clamp(rint(x)) + zero point. The bounds are integers, so clamping x before rounding gives the same. */
@inline
export function settle(x: v128, lo: v128, hi: v128, base: v128, rounder: v128): v128 {
  return i32x4.sub(f32x4.add(f32x4.pmin(hi, f32x4.pmax(lo, x)), rounder), base)
}

/** Clamps floats to the int8 range. NaN becomes 0. */
@inline
export function numbers(x: v128): v128 {
  return v128.and(x, f32x4.eq(x, x))
}

/** Brings sums to the int8 range: clamp(rint(fl32(f32(sum) * multiplier))) + zero point. */
@inline
export function requantize(sum: v128, multiplier: v128, lo: v128, hi: v128, base: v128, rounder: v128): v128 {
  return settle(f32x4.mul(f32x4.convert_i32x4_s(sum), multiplier), lo, hi, base, rounder)
}

/** `requantize` of eight sums, as eight bytes in the low half. */
@inline
export function requantizeEight(
  low: v128, high: v128, m0: v128, m1: v128, lo: v128, hi: v128, base: v128, rounder: v128,
): v128 {
  return narrow(requantize(low, m0, lo, hi, base, rounder), requantize(high, m1, lo, hi, base, rounder))
}

/** Two vectors in the int8 range as eight bytes in the low half. */
@inline
export function narrow(low: v128, high: v128): v128 {
  const words = i16x8.narrow_i32x4_s(low, high)
  return i8x16.narrow_i16x8_s(words, words)
}

/** Stores the first `count` of eight bytes. */
@inline
export function storeBytes(at: usize, bytes: v128, count: i32): void {
  if (count >= 8) {
    v128.store64_lane(at, bytes, 0)
    return
  }
  let rest = i64x2.extract_lane(bytes, 0)
  for (let i = 0; i < count; i++, rest >>= 8) store<u8>(at + i, <u8>rest)
}
