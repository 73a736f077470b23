import { Elementwise, endOf, firstOf } from '../elementwise'
import { hold, loadFour, storeFour, storeUpToFour } from '../half'
import { bases, highest, lowest, narrow, rounders, settle } from '../requantize'
import { Step } from '../step'

/** Add and Mul. The host writes the words in this order (src/ops/binary.ts). */
@unmanaged
class Binary extends Elementwise {
  /** Of int8: scales and zero points of both inputs, and the inverse of the output's scale. */
  scaleA: f32
  scaleB: f32
  zeroA: i32
  zeroB: i32
  inverseScale: f32
  /** Where b has one number a channel: stored channels, and pixels an image. */
  channels: i32
  positions: i32
}

/** Four numbers less the zero point, times the scale: the low or the high half of eight. */
@inline
function real(x: v128, isHigh: bool, scale: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(isHigh ? i32x4.extend_high_i16x8_s(x) : i32x4.extend_low_i16x8_s(x)), scale)
}

/**
 * Sums or products of two int8 inputs, eight elements at a time, and up to seven more. Constants are read as vectors
 * before the loop: those that are computed engines compute again in each turn.
 */
@inline
function pairs(op: Binary, a: usize, b: usize, y: usize, count: usize, product: bool): void {
  const at = changetype<usize>(op)
  const zeroA = v128.load16_splat(at, offsetof<Binary>('zeroA'))
  const zeroB = v128.load16_splat(at, offsetof<Binary>('zeroB'))
  const scaleA = v128.load32_splat(at, offsetof<Binary>('scaleA'))
  const scaleB = v128.load32_splat(at, offsetof<Binary>('scaleB'))
  const inverse = v128.load32_splat(at, offsetof<Binary>('inverseScale'))
  const lo = lowest(at), hi = highest(at), base = bases(at), rounder = rounders()
  for (const end = y + count; y < end; a += 8, b += 8, y += 8) {
    const wideA = i16x8.sub(v128.load8x8_s(a), zeroA), wideB = i16x8.sub(v128.load8x8_s(b), zeroB)
    const al = real(wideA, false, scaleA), ah = real(wideA, true, scaleA)
    const bl = real(wideB, false, scaleB), bh = real(wideB, true, scaleB)
    const low = settle(f32x4.mul(product ? f32x4.mul(al, bl) : f32x4.add(al, bl), inverse), lo, hi, base, rounder)
    const high = settle(f32x4.mul(product ? f32x4.mul(ah, bh) : f32x4.add(ah, bh), inverse), lo, hi, base, rounder)
    v128.store64_lane(y, narrow(low, high), 0)
  }
}

export function addInt8(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<Binary>(step.op)
  const first = firstOf(op, tile)
  pairs(op, step.a + first, step.b + first, step.y + first, endOf(op, tile) - first, false)
}

export function mulInt8(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<Binary>(step.op)
  const first = firstOf(op, tile)
  pairs(op, step.a + first, step.b + first, step.y + first, endOf(op, tile) - first, true)
}

/** One factor a channel: a tile is an image. */
export function scaleInt8(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<Binary>(step.op)
  const channels = <usize>op.channels
  const factors = step.b + <usize>tile * channels
  const first = <usize>(tile * op.positions) * channels
  for (let at = first, end = at + <usize>op.positions * channels; at < end; at += channels)
    pairs(op, step.a + at, factors, step.y + at, channels, true)
}

function combine<T>(step: Step, tile: i32, product: bool): void {
  const op = changetype<Binary>(step.op)
  const lo = f32x4.splat(op.lo), hi = f32x4.splat(op.hi)
  const end = endOf(op, tile) * sizeof<T>()
  for (let i = firstOf(op, tile) * sizeof<T>(); i < end; i += 4 * sizeof<T>()) {
    const a = loadFour<T>(step.a + i), b = loadFour<T>(step.b + i)
    storeFour<T>(step.y + i, hold(product ? f32x4.mul(a, b) : f32x4.add(a, b), lo, hi))
  }
}

export function addFloat(step: Step, tile: i32, scratch: usize): void { combine<f32>(step, tile, false) }
export function addHalf(step: Step, tile: i32, scratch: usize): void { combine<u16>(step, tile, false) }
export function mulFloat(step: Step, tile: i32, scratch: usize): void { combine<f32>(step, tile, true) }
export function mulHalf(step: Step, tile: i32, scratch: usize): void { combine<u16>(step, tile, true) }

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

export function scaleFloat(step: Step, tile: i32, scratch: usize): void { scale<f32>(step, tile) }
export function scaleHalf(step: Step, tile: i32, scratch: usize): void { scale<u16>(step, tile) }
