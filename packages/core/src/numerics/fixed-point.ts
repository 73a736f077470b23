/**
 * Requantization with integers only, for parity with microcontrollers: int32 in, int32 out, exact without 64-bit
 * integers. Source: gemmlowp's fixedpoint.h and doc/quantization.md; TensorFlow Lite's MultiplyByQuantizedMultiplier.
 */

/** The number `multiplier * 2^(shift - 31)`, with the multiplier in [2^30, 2^31) or 0. */
export interface FixedPointMultiplier {
  readonly multiplier: number
  readonly shift: number
}

/**
 * `double` rounds twice, the default of TensorFlow Lite. `single` rounds once, like its build flag
 * TFLITE_SINGLE_ROUNDING.
 */
export type FixedPointRounding = 'double' | 'single'

const TWO_31 = 2 ** 31
const INT32_MAX = TWO_31 - 1

/**
 * The fixed-point form of a non-negative real multiplier below 2^30. Its 31 bits are rounded half away from zero. Below
 * 2^-32 it is 0.
 */
export function fixedPointMultiplier(real: number): FixedPointMultiplier {
  if (real === 0) return { multiplier: 0, shift: 0 }
  let shift = Math.floor(Math.log2(real)) + 1
  // The logarithm may be off by one next to a power of two.
  if (real * 2 ** -shift >= 1) shift++
  else if (real * 2 ** -shift < 0.5) shift--
  let multiplier = Math.floor(real * 2 ** (31 - shift) + 0.5)
  if (multiplier === TWO_31) {
    multiplier = 2 ** 30
    shift++
  }
  return shift < -31 ? { multiplier: 0, shift: 0 } : { multiplier, shift }
}

/**
 * `x * multiplier * 2^(shift - 31)` as int32, rounded as `rounding` says. As in TensorFlow Lite, the result is
 * undefined if the product leaves int32.
 */
export function multiplyByFixedPoint(
  x: number,
  { multiplier, shift }: FixedPointMultiplier,
  rounding: FixedPointRounding = 'double',
): number {
  if (rounding === 'single') return shiftProductRight(x, multiplier, 31 - shift)
  const left = Math.max(shift, 0)
  return roundingDivideByPowerOfTwo(
    saturatingRoundingDoublingHighMul(x * 2 ** left, multiplier),
    left - shift,
  )
}

/** The high half of 2ab, rounded half up. It saturates in the one case that overflows. */
export function saturatingRoundingDoublingHighMul(a: number, b: number): number {
  return Math.min(shiftProductRight(a, b, 31), INT32_MAX)
}

/** `x / 2^exponent`, rounded half away from zero; x is int32 and 0 <= exponent <= 31. */
export function roundingDivideByPowerOfTwo(x: number, exponent: number): number {
  const scaled = Math.abs(x) / 2 ** exponent
  const magnitude = Math.floor(scaled + 0.5)
  return x < 0 ? -magnitude + 0 : magnitude
}

/**
 * `floor((a * b + 2^(shift-1)) / 2^shift)` for int32 a and b and 1 <= shift <= 62. Every intermediate result is an
 * exact double.
 */
function shiftProductRight(a: number, b: number, shift: number): number {
  // a*b = upper * 2^16 + lower, then = high * 2^31 + low with 0 <= low < 2^31.
  const upper = (a >> 16) * b
  const lower = (a & 0xffff) * b
  const quotient = Math.floor(upper / 2 ** 15)
  const rest = (upper - quotient * 2 ** 15) * 2 ** 16 + lower
  const carry = Math.floor(rest / TWO_31)
  const high = quotient + carry
  const low = rest - carry * TWO_31
  if (shift > 31) return Math.floor((high + 2 ** (shift - 32)) / 2 ** (shift - 31))
  return high * 2 ** (31 - shift) + Math.floor((low + 2 ** (shift - 1)) / 2 ** shift)
}
