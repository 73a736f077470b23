import { hold, loadFour, loadOne, storeFour, storeOne, storeUpToFour } from './half'
import { bases, highest, lowest, narrow, numbers, rounders, settle } from './requantize'
import { Step } from './step'

/**
 * Ops that go element by element over storage, padding included. Written by the host (src/ops/pointwise.ts) in this
 * order.
 */
@unmanaged
export class Pointwise {
  /** Elements in all and in a tile: whole vectors, past the end too. */
  count: i32
  perTile: i32
  lo: f32
  hi: f32
  base: i32
  /** One input's, two inputs', or one of conversion. */
  scaleA: f32
  scaleB: f32
  zeroA: i32
  zeroB: i32
  inverseScale: f32
  alpha: f32
  beta: f32
  /** 256 entries, or per-channel numbers that repeat after `period` elements. */
  table: usize
  offsets: usize
  period: i32
  /** Mul with one factor a channel: stored channels, and pixels an image. */
  channels: i32
  positions: i32
}

@inline
function low(x: v128, zeroPoint: i32, scale: f32): v128 {
  return f32x4.mul(
    f32x4.convert_i32x4_s(i32x4.sub(i32x4.extend_low_i16x8_s(x), i32x4.splat(zeroPoint))),
    f32x4.splat(scale),
  )
}

@inline
function high(x: v128, zeroPoint: i32, scale: f32): v128 {
  return f32x4.mul(
    f32x4.convert_i32x4_s(i32x4.sub(i32x4.extend_high_i16x8_s(x), i32x4.splat(zeroPoint))),
    f32x4.splat(scale),
  )
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
function pairs(op: Pointwise, a: usize, b: usize, y: usize, count: usize, product: bool): void {
  const at = changetype<usize>(op)
  const zeroA = v128.load16_splat(at, offsetof<Pointwise>('zeroA')), zeroB = v128.load16_splat(at, offsetof<Pointwise>('zeroB'))
  const scaleA = v128.load32_splat(at, offsetof<Pointwise>('scaleA')), scaleB = v128.load32_splat(at, offsetof<Pointwise>('scaleB'))
  const inverse = v128.load32_splat(at, offsetof<Pointwise>('inverseScale')), target = at + offsetof<Pointwise>('lo')
  const lo = lowest(target), hi = highest(target), base = bases(target), rounder = rounders()
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
  const op = changetype<Pointwise>(step.op)
  const first = <usize>(tile * op.perTile)
  const count = <usize>min(op.count, (tile + 1) * op.perTile) - first
  pairs(op, step.a + first, step.b + first, step.y + first, count, false)
}

export function mulInt8(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<Pointwise>(step.op)
  const first = <usize>(tile * op.perTile)
  const count = <usize>min(op.count, (tile + 1) * op.perTile) - first
  pairs(op, step.a + first, step.b + first, step.y + first, count, true)
}

/** One factor a channel: a tile is an image. */
export function scaleInt8(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<Pointwise>(step.op)
  const channels = <usize>op.channels
  const factors = step.b + <usize>tile * channels
  for (let at = <usize>(tile * op.positions) * channels, end = at + <usize>op.positions * channels; at < end; at += channels)
    pairs(op, step.a + at, factors, step.y + at, channels, true)
}

function combine<T>(step: Step, tile: i32, product: bool): void {
  const op = changetype<Pointwise>(step.op)
  const lo = f32x4.splat(op.lo), hi = f32x4.splat(op.hi)
  const end = <usize>min(op.count, (tile + 1) * op.perTile) * sizeof<T>()
  for (let i = <usize>(tile * op.perTile) * sizeof<T>(); i < end; i += 4 * sizeof<T>()) {
    const a = loadFour<T>(step.a + i), b = loadFour<T>(step.b + i)
    storeFour<T>(step.y + i, hold(product ? f32x4.mul(a, b) : f32x4.add(a, b), lo, hi))
  }
}

export function addFloat(step: Step, tile: i32, scratch: usize): void {
  combine<f32>(step, tile, false)
}

export function addHalf(step: Step, tile: i32, scratch: usize): void {
  combine<u16>(step, tile, false)
}

export function mulFloat(step: Step, tile: i32, scratch: usize): void {
  combine<f32>(step, tile, true)
}

export function mulHalf(step: Step, tile: i32, scratch: usize): void {
  combine<u16>(step, tile, true)
}

function scale<T>(step: Step, tile: i32): void {
  const op = changetype<Pointwise>(step.op)
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

export function scaleFloat(step: Step, tile: i32, scratch: usize): void {
  scale<f32>(step, tile)
}

export function scaleHalf(step: Step, tile: i32, scratch: usize): void {
  scale<u16>(step, tile)
}

export function clipInt8(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<Pointwise>(step.op)
  const lo = i8x16.splat(<i8>op.lo), hi = i8x16.splat(<i8>op.hi)
  const end = <usize>min(op.count, (tile + 1) * op.perTile)
  for (let i = <usize>(tile * op.perTile); i < end; i += 16)
    v128.store(step.y + i, i8x16.min_s(hi, i8x16.max_s(lo, v128.load(step.a + i))))
}

export function tableInt8(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<Pointwise>(step.op)
  const end = <usize>min(op.count, (tile + 1) * op.perTile)
  const zero = op.table + 128
  for (let i = <usize>(tile * op.perTile); i < end; i++) store<u8>(step.y + i, load<u8>(zero + load<i8>(step.a + i)))
}

/** Which function `activate` applies: numbered as the host numbers them. */
const CLIP = 0
const SIGMOID = 1
const HARD_SIGMOID = 2

@inline
function sigmoid(x: f32): f32 {
  return 1 / (1 + Mathf.exp(-x))
}

function activate<T>(step: Step, tile: i32, kind: i32): void {
  const op = changetype<Pointwise>(step.op)
  const lo = f32x4.splat(op.lo), hi = f32x4.splat(op.hi), zero = f32x4.splat(0), one = f32x4.splat(1)
  const end = <usize>min(op.count, (tile + 1) * op.perTile) * sizeof<T>()
  for (let i = <usize>(tile * op.perTile) * sizeof<T>(); i < end; i += 4 * sizeof<T>()) {
    const x = loadFour<T>(step.a + i)
    let y: v128
    if (kind == CLIP) y = hold(x, lo, hi)
    else if (kind == SIGMOID) {
      y = f32x4.splat(sigmoid(f32x4.extract_lane(x, 0)))
      y = f32x4.replace_lane(y, 1, sigmoid(f32x4.extract_lane(x, 1)))
      y = f32x4.replace_lane(y, 2, sigmoid(f32x4.extract_lane(x, 2)))
      y = f32x4.replace_lane(y, 3, sigmoid(f32x4.extract_lane(x, 3)))
    } else if (kind == HARD_SIGMOID)
      y = hold(f32x4.add(f32x4.mul(f32x4.splat(op.alpha), x), f32x4.splat(op.beta)), zero, one)
    else {
      const six = f32x4.splat(6)
      y = f32x4.div(f32x4.mul(x, hold(f32x4.add(x, f32x4.splat(3)), zero, six)), six)
    }
    storeFour<T>(step.y + i, y)
  }
}

export function clipFloat(step: Step, tile: i32, scratch: usize): void {
  activate<f32>(step, tile, CLIP)
}

export function clipHalf(step: Step, tile: i32, scratch: usize): void {
  activate<u16>(step, tile, CLIP)
}

export function sigmoidFloat(step: Step, tile: i32, scratch: usize): void {
  activate<f32>(step, tile, SIGMOID)
}

export function sigmoidHalf(step: Step, tile: i32, scratch: usize): void {
  activate<u16>(step, tile, SIGMOID)
}

export function hardSigmoidFloat(step: Step, tile: i32, scratch: usize): void {
  activate<f32>(step, tile, HARD_SIGMOID)
}

export function hardSigmoidHalf(step: Step, tile: i32, scratch: usize): void {
  activate<u16>(step, tile, HARD_SIGMOID)
}

export function hardSwishFloat(step: Step, tile: i32, scratch: usize): void {
  activate<f32>(step, tile, HARD_SIGMOID + 1)
}

export function hardSwishHalf(step: Step, tile: i32, scratch: usize): void {
  activate<u16>(step, tile, HARD_SIGMOID + 1)
}

/** clamp(rint(fl32(x * inverse scale))) + zero point, NaN as 0. */
function quantize<T>(step: Step, tile: i32): void {
  const op = changetype<Pointwise>(step.op)
  const inverse = v128.load32_splat(step.op, offsetof<Pointwise>('inverseScale')), target = step.op + offsetof<Pointwise>('lo')
  const lo = lowest(target), hi = highest(target), base = bases(target), rounder = rounders()
  const end = <usize>min(op.count, (tile + 1) * op.perTile)
  for (let i = <usize>(tile * op.perTile); i < end; i += 8) {
    const from = step.a + i * sizeof<T>()
    const first = settle(numbers(f32x4.mul(loadFour<T>(from), inverse)), lo, hi, base, rounder)
    const second = settle(numbers(f32x4.mul(loadFour<T>(from + 4 * sizeof<T>()), inverse)), lo, hi, base, rounder)
    v128.store64_lane(step.y + i, narrow(first, second), 0)
  }
}

export function quantizeFloat(step: Step, tile: i32, scratch: usize): void {
  quantize<f32>(step, tile)
}

export function quantizeHalf(step: Step, tile: i32, scratch: usize): void {
  quantize<u16>(step, tile)
}

function dequantize<T>(step: Step, tile: i32): void {
  const op = changetype<Pointwise>(step.op)
  const end = <usize>min(op.count, (tile + 1) * op.perTile)
  for (let i = <usize>(tile * op.perTile); i < end; i += 8) {
    const x = v128.load8x8_s(step.a + i)
    const to = step.y + i * sizeof<T>()
    storeFour<T>(to, low(x, op.zeroA, op.scaleA))
    storeFour<T>(to + 4 * sizeof<T>(), high(x, op.zeroA, op.scaleA))
  }
}

export function dequantizeFloat(step: Step, tile: i32, scratch: usize): void {
  dequantize<f32>(step, tile)
}

export function dequantizeHalf(step: Step, tile: i32, scratch: usize): void {
  dequantize<u16>(step, tile)
}

/**
 * fl32(fl32(x - offset) * scale) from float32, four at a time; offsets and scales repeat after `period` elements, as
 * tiles do.
 */
function normalize<T>(step: Step, tile: i32): void {
  const op = changetype<Pointwise>(step.op)
  const end = <usize>min(op.count, (tile + 1) * op.perTile)
  const period = <usize>op.period << 2
  let at: usize = 0
  for (let i = <usize>(tile * op.perTile); i < end; i += 4) {
    const x = v128.load(step.a + (i << 2))
    storeFour<T>(step.y + i * sizeof<T>(), f32x4.mul(f32x4.sub(x, v128.load(op.offsets + at)), v128.load(op.table + at)))
    at += 16
    if (at == period) at = 0
  }
}

export function normalizeFloat(step: Step, tile: i32, scratch: usize): void {
  normalize<f32>(step, tile)
}

export function normalizeHalf(step: Step, tile: i32, scratch: usize): void {
  normalize<u16>(step, tile)
}

/** As `normalize`, then as `quantize`: eight at a time. */
export function normalizeInt8(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<Pointwise>(step.op)
  const inverse = v128.load32_splat(step.op, offsetof<Pointwise>('inverseScale')), target = step.op + offsetof<Pointwise>('lo')
  const lo = lowest(target), hi = highest(target), base = bases(target), rounder = rounders()
  const end = <usize>min(op.count, (tile + 1) * op.perTile)
  const period = <usize>op.period << 2
  let at: usize = 0
  for (let i = <usize>(tile * op.perTile); i < end; i += 8) {
    const from = step.a + (i << 2), offsets = op.offsets + at, scales = op.table + at
    const first = f32x4.mul(f32x4.sub(v128.load(from), v128.load(offsets)), v128.load(scales))
    const second = f32x4.mul(f32x4.sub(v128.load(from, 16), v128.load(offsets, 16)), v128.load(scales, 16))
    const low = settle(numbers(f32x4.mul(first, inverse)), lo, hi, base, rounder)
    const high = settle(numbers(f32x4.mul(second, inverse)), lo, hi, base, rounder)
    v128.store64_lane(step.y + i, narrow(low, high), 0)
    at += 32
    if (at == period) at = 0
  }
}

/** Rows of `positions` numbers, stored `channels` apart: exp(x - max) / Σ. A tile is a row. */
function softmax<T>(step: Step, tile: i32): void {
  const op = changetype<Pointwise>(step.op)
  const size: usize = sizeof<T>()
  const start = <usize>(tile * op.channels) * size
  const x = step.a + start
  const y = step.y + start
  const end = <usize>op.positions * size
  let most = -f32.MAX_VALUE
  for (let i: usize = 0; i < end; i += size) most = max(most, loadOne<T>(x + i))
  let sum: f32 = 0
  for (let i: usize = 0; i < end; i += size) sum += Mathf.exp(loadOne<T>(x + i) - most)
  for (let i: usize = 0; i < end; i += size) storeOne<T>(y + i, Mathf.exp(loadOne<T>(x + i) - most) / sum)
  memory.fill(y + end, 0, <usize>op.channels * size - end)
}

export function softmaxFloat(step: Step, tile: i32, scratch: usize): void {
  softmax<f32>(step, tile)
}

export function softmaxHalf(step: Step, tile: i32, scratch: usize): void {
  softmax<u16>(step, tile)
}
