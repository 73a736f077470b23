import { hold, loadFour, loadOne, storeFour, storeOne } from './half'
import { bases, highest, lowest, narrow, numbers, rounders, settle } from './requantize'
import { Window } from './window'

/**
 * A convolution whose sums equal the reference's to the bit: in float64, in the reference's order. Images are stored
 * channel by channel (ONNX order); sizes are in elements. The host writes the words in this order (src/exact/plan.ts).
 */
@unmanaged
export class Exact extends Window {
  /** float64: rows of weights, one per output, and one bias per output. */
  weights: usize
  bias: usize
  /** int8: one float32 multiplier per output. */
  multiplier: usize
  /** int8: the number that is subtracted from x. Padding contributes 0. */
  inputZeroPoint: i32
  /** The address of a word that becomes 1 if a sum leaves int32. */
  overflow: usize
  groups: i32
  /** The channels of one group. */
  channels: i32
  outputs: i32
  /** The number of products in a sum. */
  k: i32
  /**
   * The positions of an image per output channel; the step from one position to the next in y, and from channel to
   * channel.
   */
  positions: i32
  positionStep: i32
  outputStep: i32
  /** The positions and outputs that a tile computes: positions in whole panels, outputs in whole register tiles. */
  positionsPerTile: i32
  outputsPerTile: i32
}

/** Two numbers of x in float64; the zero point is subtracted from integers. */
@inline
export function widenTwo<T>(op: Exact, four: v128): v128 {
  if (sizeof<T>() > 1) return f64x2.promote_low_f32x4(four)
  return f64x2.convert_low_i32x4_s(i32x4.sub(four, i32x4.splat(op.inputZeroPoint)))
}

/** Four adjacent numbers of x: float32, or int32 if x is int8. */
@inline
export function neighbours<T>(at: usize): v128 {
  if (sizeof<T>() > 1) return loadFour<T>(at)
  return i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v128.load32_zero(at)))
}

/** Four numbers of x, `step` bytes apart: float32, or int32 if x is int8. */
@inline
export function apart<T>(at: usize, step: usize): v128 {
  if (sizeof<T>() == 1) {
    const four = i32x4.replace_lane(i32x4.splat(<i32>load<i8>(at)), 1, <i32>load<i8>(at + step))
    const three = i32x4.replace_lane(four, 2, <i32>load<i8>(at + 2 * step))
    return i32x4.replace_lane(three, 3, <i32>load<i8>(at + 3 * step))
  }
  const four = f32x4.replace_lane(f32x4.splat(loadOne<T>(at)), 1, loadOne<T>(at + step))
  const three = f32x4.replace_lane(four, 2, loadOne<T>(at + 2 * step))
  return f32x4.replace_lane(three, 3, loadOne<T>(at + 3 * step))
}

@inline
export function highHalf(four: v128): v128 {
  return i8x16.shuffle(four, four, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)
}

/** One number of x in float64; the zero point is subtracted from an integer. */
@inline
export function widenOne<T>(op: Exact, at: usize): f64 {
  return sizeof<T>() > 1 ? <f64>loadOne<T>(at) : <f64>(<i32>load<i8>(at) - op.inputZeroPoint)
}

/** Stores four adjacent numbers of x as float64 at `to`. */
@inline
export function widenFour<T>(op: Exact, at: usize, to: usize): void {
  const four = neighbours<T>(at)
  v128.store(to, widenTwo<T>(op, four))
  v128.store(to, widenTwo<T>(op, highHalf(four)), 16)
}

/**
 * Stores `count` of four sums of one output channel to y, `step` elements apart. Floats: adds the bias, rounds to
 * float32 and applies bounds. Integers: applies multiplier, rounding, zero point and bounds.
 */
@inline
export function finishExact<T>(op: Exact, low: v128, high: v128, output: i32, y: usize, count: i32, step: i32): void {
  const bias = v128.load64_splat(op.bias + (<usize>output << 3))
  low = f64x2.add(low, bias)
  high = f64x2.add(high, bias)
  const target = changetype<usize>(op)
  const lo = lowest(target), hi = highest(target)
  let four = i8x16.shuffle(
    f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23,
  )
  if (sizeof<T>() == 1) {
    const most = f64x2.splat(2147483647), least = f64x2.splat(-2147483648)
    const past = v128.or(
      v128.or(f64x2.gt(low, most), f64x2.gt(high, most)), v128.or(f64x2.lt(low, least), f64x2.lt(high, least)),
    )
    if (v128.any_true(past)) store<i32>(op.overflow, 1)
    const multiplier = v128.load32_splat(op.multiplier + (<usize>output << 2))
    four = settle(numbers(f32x4.mul(four, multiplier)), lo, hi, bases(target), rounders())
    let bytes = i32x4.extract_lane(narrow(four, four), 0)
    if (count == 4 && step == 1) store<i32>(y, bytes)
    else for (; count > 0; count--, bytes >>= 8, y += <usize>step) store<u8>(y, <u8>bytes)
    return
  }
  four = hold(four, lo, hi)
  if (count == 4 && step == 1) return storeFour<T>(y, four)
  for (; count > 0; count--, y += <usize>step * sizeof<T>()) {
    storeOne<T>(y, f32x4.extract_lane(four, 0))
    four = i8x16.shuffle(four, four, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3)
  }
}
