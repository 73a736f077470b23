/**
 * Converts four binary16 numbers to float32, exactly. Their bits move under float32's exponent, and a product with
 * 2^112 changes the bias.
 */
@inline
export function widenHalves(at: usize): v128 {
  const bits = v128.load16x4_u(at)
  const magnitude = v128.and(bits, i32x4.splat(0x7fff))
  const value = f32x4.mul(i32x4.shl(magnitude, 13), i32x4.splat(0x77800000))
  // Exponent 31 means infinity or NaN.
  const special = v128.and(i32x4.gt_s(magnitude, i32x4.splat(0x7bff)), i32x4.splat(0x7f800000))
  const sign = i32x4.shl(v128.and(bits, i32x4.splat(0x8000)), 16)
  return v128.or(v128.or(value, special), sign)
}

/**
 * Converts four float32 numbers to binary16 bits, in the low half of each lane: nearest, ties to even. Adding 0.5
 * leaves subnormals as whole multiples of 2^-24 in the last places; normals are rounded as integers. From 65520 on, the
 * result is infinity. NaN becomes the quiet NaN.
 */
@inline
function narrowHalves(x: v128): v128 {
  const magnitude = v128.and(x, i32x4.splat(0x7fffffff))
  const sign = v128.and(i32x4.shr_u(x, 16), i32x4.splat(0x8000))
  const subnormal = i32x4.sub(f32x4.add(magnitude, f32x4.splat(0.5)), i32x4.splat(0x3f000000))
  const odd = v128.and(i32x4.shr_u(magnitude, 13), i32x4.splat(1))
  const normal = i32x4.shr_u(i32x4.add(i32x4.add(magnitude, i32x4.splat(0xfff - (112 << 23))), odd), 13)
  const finite = v128.bitselect(subnormal, normal, i32x4.lt_s(magnitude, i32x4.splat(0x38800000)))
  const isNaN = i32x4.gt_s(magnitude, i32x4.splat(0x7f800000))
  const huge = v128.bitselect(i32x4.splat(0x7e00), i32x4.splat(0x7c00), isNaN)
  return v128.or(v128.bitselect(huge, finite, i32x4.gt_s(magnitude, i32x4.splat(0x477fefff))), sign)
}

/** Reads four numbers stored as T: f32, or u16 for halves. */
@inline
export function loadFour<T>(at: usize): v128 {
  return sizeof<T>() == 4 ? v128.load(at) : widenHalves(at)
}

/** Writes four numbers as T. */
@inline
export function storeFour<T>(at: usize, x: v128): void {
  if (sizeof<T>() == 4) v128.store(at, x)
  else {
    const halves = narrowHalves(x)
    v128.store64_lane(at, i16x8.narrow_i32x4_u(halves, halves), 0)
  }
}

@inline
export function loadOne<T>(at: usize): f32 {
  if (sizeof<T>() == 4) return load<f32>(at)
  return f32x4.extract_lane(widenHalves(at), 0)
}

@inline
export function storeOne<T>(at: usize, x: f32): void {
  if (sizeof<T>() == 4) store<f32>(at, x)
  else store<u16>(at, <u16>i32x4.extract_lane(narrowHalves(f32x4.splat(x)), 0))
}

/** Writes the first `count` of four numbers as T. */
@inline
export function storeUpToFour<T>(at: usize, x: v128, count: i32): void {
  if (count >= 4) {
    storeFour<T>(at, x)
    return
  }
  for (let i = 0; i < count; i++, at += sizeof<T>()) {
    storeOne<T>(at, f32x4.extract_lane(x, 0))
    x = i8x16.shuffle(x, x, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3)
  }
}

/** x limited to [lo, hi]. NaN stays NaN because it is the first operand. */
@inline
export function hold(x: v128, lo: v128, hi: v128): v128 {
  return f32x4.pmin(f32x4.pmax(x, lo), hi)
}
