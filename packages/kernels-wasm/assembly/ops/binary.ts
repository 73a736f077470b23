import { Elementwise, endOf, firstOf } from '../elementwise'
import { hold, loadFour, loadOne, storeFour, storeUpToFour } from '../half'
import { bases, highest, lowest, narrow, rounders, settle, storeBytes } from '../requantize'
import { Step } from '../step'

/** Functions of two numbers. The host writes the words in this order (src/ops/binary.ts). */
@unmanaged
class Binary extends Elementwise {
  /** int8: scales and zero points of both inputs, and the inverse of the output's scale. */
  scaleA: f32
  scaleB: f32
  zeroA: i32
  zeroB: i32
  inverseScale: f32
  /** int8 Min and Max: the tables of both inputs. */
  tables: usize
  /** If b has one number per channel: the stored channels, and the pixels of an image. */
  channels: i32
  positions: i32
}

/**
 * Repeated tensors are processed row by row. `count` and `perTile` count rows of y. An image has `positions` rows, and
 * `channels` elements of a row are computed.
 */
@unmanaged
class Rows extends Binary {
  /** The number of elements from a row of y to the next. */
  stride: i32
  strideA: i32
  /** The rows of a for an image of y; 0 if all images use the same rows. */
  imageA: i32
  /** The rows of a from one position of y to the next; or, if that varies, the address of the row for each position. */
  stepA: i32
  rowsA: usize
  /** Whether a row of a is a single number. */
  oneA: i32
  strideB: i32
  imageB: i32
  stepB: i32
  rowsB: usize
  oneB: i32
}

/** Four numbers minus the zero point, times the scale: the low or the high half of eight. */
@inline
function real(x: v128, isHigh: bool, scale: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(isHigh ? i32x4.extend_high_i16x8_s(x) : i32x4.extend_low_i16x8_s(x)), scale)
}

/** Eight int8 as int16, or one int8 eight times. */
@inline
function loadEight(at: usize, isOne: bool): v128 {
  return isOne ? i16x8.splat(<i16>load<i8>(at)) : v128.load8x8_s(at)
}

/**
 * Sums or products of two int8 inputs, eight elements at a time, plus up to seven more unless `exactly`. Constants are
 * read as vectors before the loop, because engines compute computed vectors again in each iteration.
 */
@inline
function pairs(
  op: Binary, a: usize, b: usize, y: usize, count: usize, product: bool,
  exactly: bool = false, oneA: bool = false, oneB: bool = false,
): void {
  const at = changetype<usize>(op)
  const zeroA = v128.load16_splat(at, offsetof<Binary>('zeroA'))
  const zeroB = v128.load16_splat(at, offsetof<Binary>('zeroB'))
  const scaleA = v128.load32_splat(at, offsetof<Binary>('scaleA'))
  const scaleB = v128.load32_splat(at, offsetof<Binary>('scaleB'))
  const inverse = v128.load32_splat(at, offsetof<Binary>('inverseScale'))
  const lo = lowest(at), hi = highest(at), base = bases(at), rounder = rounders()
  for (const end = y + count; y < end; a += 8, b += 8, y += 8) {
    const wideA = i16x8.sub(loadEight(a, oneA), zeroA), wideB = i16x8.sub(loadEight(b, oneB), zeroB)
    if (oneA) a -= 8
    if (oneB) b -= 8
    const al = real(wideA, false, scaleA), ah = real(wideA, true, scaleA)
    const bl = real(wideB, false, scaleB), bh = real(wideB, true, scaleB)
    const low = settle(f32x4.mul(product ? f32x4.mul(al, bl) : f32x4.add(al, bl), inverse), lo, hi, base, rounder)
    const high = settle(f32x4.mul(product ? f32x4.mul(ah, bh) : f32x4.add(ah, bh), inverse), lo, hi, base, rounder)
    if (exactly) storeBytes(y, narrow(low, high), <i32>(end - y))
    else v128.store64_lane(y, narrow(low, high), 0)
  }
}

/** The lesser or the greater of two int8, each through its own table. */
@inline
function selects(
  op: Binary, a: usize, b: usize, y: usize, count: usize, greater: bool, stepA: usize, stepB: usize,
): void {
  const tableA = op.tables + 128, tableB = op.tables + 384
  for (const end = y + count; y < end; a += stepA, b += stepB, y++) {
    const p = <i32>load<i8>(tableA + load<i8>(a)), q = <i32>load<i8>(tableB + load<i8>(b))
    store<i8>(y, <i8>(greater ? max(p, q) : min(p, q)))
  }
}

/** Multiplies by one factor per channel. A tile is an image. */
export function scaleInt8(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<Binary>(step.op)
  const channels = <usize>op.channels
  const factors = step.b + <usize>tile * channels
  const first = <usize>(tile * op.positions) * channels
  for (let at = first, end = at + <usize>op.positions * channels; at < end; at += channels)
    pairs(op, step.a + at, factors, step.y + at, channels, true)
}

/** 1 in lanes with all bits set, 0 in lanes without a set bit. */
@inline
function truths(mask: v128): v128 { return v128.and(mask, f32x4.splat(1)) }

// Functions of four numbers. NaN on either side stays NaN, except that every comparison with it is false.

@combine @rows @unmanaged class Add { @inline of(a: v128, b: v128): v128 { return f32x4.add(a, b) } }
@combine @rows @unmanaged class Sub { @inline of(a: v128, b: v128): v128 { return f32x4.sub(a, b) } }
@combine @rows @unmanaged class Mul { @inline of(a: v128, b: v128): v128 { return f32x4.mul(a, b) } }
@combine @rows @unmanaged class Div { @inline of(a: v128, b: v128): v128 { return f32x4.div(a, b) } }
@combine @rows @unmanaged class Min { @inline of(a: v128, b: v128): v128 { return f32x4.min(a, b) } }
@combine @rows @unmanaged class Max { @inline of(a: v128, b: v128): v128 { return f32x4.max(a, b) } }
@combine @rows @unmanaged class Equal { @inline of(a: v128, b: v128): v128 { return truths(f32x4.eq(a, b)) } }
@combine @rows @unmanaged class Less { @inline of(a: v128, b: v128): v128 { return truths(f32x4.lt(a, b)) } }
@combine @rows @unmanaged class LessOrEqual { @inline of(a: v128, b: v128): v128 { return truths(f32x4.le(a, b)) } }
@combine @rows @unmanaged class Pow {
  @inline of(a: v128, b: v128): v128 {
    let y = f32x4.splat(powerOf(f32x4.extract_lane(a, 0), f32x4.extract_lane(b, 0)))
    y = f32x4.replace_lane(y, 1, powerOf(f32x4.extract_lane(a, 1), f32x4.extract_lane(b, 1)))
    y = f32x4.replace_lane(y, 2, powerOf(f32x4.extract_lane(a, 2), f32x4.extract_lane(b, 2)))
    return f32x4.replace_lane(y, 3, powerOf(f32x4.extract_lane(a, 3), f32x4.extract_lane(b, 3)))
  }
}

/** Here, NaN to the power of 0, and 1 to the power of NaN, are NaN. */
function powerOf(a: f32, b: f32): f32 {
  return a != a || b != b ? a + b : Mathf.pow(a, b)
}

/** Applies a function F to tensors of one shape. T is the stored type. F has no fields: its methods are inlined. */
@kernels(Float, Half)
@inline
function combine<T, F>(step: Step, tile: i32): void {
  const op = changetype<Binary>(step.op)
  const f = changetype<F>(0)
  const lo = f32x4.splat(op.lo), hi = f32x4.splat(op.hi)
  const end = endOf(op, tile) * sizeof<T>()
  for (let i = firstOf(op, tile) * sizeof<T>(); i < end; i += 4 * sizeof<T>())
    storeFour<T>(step.y + i, hold(f.of(loadFour<T>(step.a + i), loadFour<T>(step.b + i)), lo, hi))
}

@kernels(Float, Half)
function scale<T>(step: Step, tile: i32): void {
  const op = changetype<Binary>(step.op)
  const lo = f32x4.splat(op.lo), hi = f32x4.splat(op.hi)
  const pixel = <usize>op.channels * sizeof<T>()
  const factors = step.b + <usize>tile * pixel
  for (let p = 0; p < op.positions; p++) {
    const at = <usize>(tile * op.positions + p) * pixel
    for (let c = 0; c < op.channels; c += 4) {
      const from = <usize>c * sizeof<T>()
      const y = hold(f32x4.mul(loadFour<T>(step.a + at + from), loadFour<T>(factors + from)), lo, hi)
      storeUpToFour<T>(step.y + at + from, y, op.channels - c)
    }
  }
}

/** Four numbers, or one number four times. */
@inline
function loadOneOrFour<T>(at: usize, offset: usize, isOne: bool): v128 {
  return isOne ? f32x4.splat(loadOne<T>(at)) : loadFour<T>(at + offset)
}

// The computations of a row of `count` elements. `exactly`: room of y beside the row may not be written.

@unmanaged class FloatRow<T, F> {
  @inline run(op: Binary, a: usize, b: usize, y: usize, count: i32, exactly: bool, oneA: bool, oneB: bool): void {
    const f = changetype<F>(0)
    const lo = f32x4.splat(op.lo), hi = f32x4.splat(op.hi)
    for (let c = 0; c < count; c += 4) {
      const at = <usize>c * sizeof<T>()
      const made = f.of(loadOneOrFour<T>(a, at, oneA), loadOneOrFour<T>(b, at, oneB))
      storeUpToFour<T>(y + at, hold(made, lo, hi), count - c)
    }
  }
}

@unmanaged class SumRow {
  @inline run(op: Binary, a: usize, b: usize, y: usize, count: i32, exactly: bool, oneA: bool, oneB: bool): void {
    pairs(op, a, b, y, count, false, exactly, oneA, oneB)
  }
}
@unmanaged class ProductRow {
  @inline run(op: Binary, a: usize, b: usize, y: usize, count: i32, exactly: bool, oneA: bool, oneB: bool): void {
    pairs(op, a, b, y, count, true, exactly, oneA, oneB)
  }
}
@unmanaged class LesserRow {
  @inline run(op: Binary, a: usize, b: usize, y: usize, count: i32, exactly: bool, oneA: bool, oneB: bool): void {
    selects(op, a, b, y, count, false, <usize>!oneA, <usize>!oneB)
  }
}
@unmanaged class GreaterRow {
  @inline run(op: Binary, a: usize, b: usize, y: usize, count: i32, exactly: bool, oneA: bool, oneB: bool): void {
    selects(op, a, b, y, count, true, <usize>!oneA, <usize>!oneB)
  }
}

/** The row of an operand for a row of y. */
@inline
function rowOf(image: i32, position: i32, perImage: i32, step: i32, rows: usize): usize {
  return <usize>(image * perImage + (rows ? load<i32>(rows + (<usize>position << 2)) : position * step))
}

/** Computes a tile of rows by R. T is the stored type. */
@inline
function walk<T, R>(step: Step, tile: i32): void {
  const op = changetype<Rows>(step.op)
  const r = changetype<R>(0)
  const oneA = <bool>op.oneA, oneB = <bool>op.oneB
  let row = <i32>firstOf(op, tile)
  let image = row / op.positions, position = row % op.positions
  for (const end = <i32>endOf(op, tile); row < end; row++) {
    const a = step.a + rowOf(image, position, op.imageA, op.stepA, op.rowsA) * <usize>op.strideA * sizeof<T>()
    const b = step.b + rowOf(image, position, op.imageB, op.stepB, op.rowsB) * <usize>op.strideB * sizeof<T>()
    r.run(op, a, b, step.y + <usize>(row * op.stride) * sizeof<T>(), op.channels, true, oneA, oneB)
    if (++position == op.positions) {
      position = 0
      image++
    }
  }
}

/** Applies a function F to repeated tensors. T is the stored type. */
@kernels(RowsFloat, RowsHalf)
function rows<T, F>(step: Step, tile: i32): void { walk<T, FloatRow<T, F>>(step, tile) }

/** Computes a tile of int8 tensors of one shape by R. */
@inline
function whole<R>(step: Step, tile: i32): void {
  const op = changetype<Binary>(step.op)
  const i = firstOf(op, tile)
  const count = <i32>(endOf(op, tile) - i)
  changetype<R>(0).run(op, step.a + i, step.b + i, step.y + i, count, false, false, false)
}

export function addInt8(step: Step, tile: i32, scratch: usize): void { whole<SumRow>(step, tile) }
export function mulInt8(step: Step, tile: i32, scratch: usize): void { whole<ProductRow>(step, tile) }
export function minInt8(step: Step, tile: i32, scratch: usize): void { whole<LesserRow>(step, tile) }
export function maxInt8(step: Step, tile: i32, scratch: usize): void { whole<GreaterRow>(step, tile) }
export function addRowsInt8(step: Step, tile: i32, scratch: usize): void { walk<i8, SumRow>(step, tile) }
export function mulRowsInt8(step: Step, tile: i32, scratch: usize): void { walk<i8, ProductRow>(step, tile) }
export function minRowsInt8(step: Step, tile: i32, scratch: usize): void { walk<i8, LesserRow>(step, tile) }
export function maxRowsInt8(step: Step, tile: i32, scratch: usize): void { walk<i8, GreaterRow>(step, tile) }
