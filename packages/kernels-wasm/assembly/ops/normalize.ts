import { Elementwise, endOf, firstOf } from '../elementwise'
import { storeFour } from '../half'
import { bases, highest, lowest, narrow, numbers, rounders, settle } from '../requantize'
import { Step } from '../step'

/** The host writes the words in this order (src/ops/normalize.ts). */
@unmanaged
class Normalize extends Elementwise {
  /** The numbers of each channel. They repeat after `period` elements, like tiles. */
  offsets: usize
  scales: usize
  period: i32
  /** For int8 only. */
  inverseScale: f32
}

/** fl32(fl32(x - offset) * scale) from float32, four at a time. */
@kernels(Float, Half)
function normalize<T>(step: Step, tile: i32): void {
  const op = changetype<Normalize>(step.op)
  const end = endOf(op, tile)
  const period = <usize>op.period << 2
  let at: usize = 0
  for (let i = firstOf(op, tile); i < end; i += 4) {
    const x = v128.load(step.a + (i << 2))
    const y = f32x4.mul(f32x4.sub(x, v128.load(op.offsets + at)), v128.load(op.scales + at))
    storeFour<T>(step.y + i * sizeof<T>(), y)
    at += 16
    if (at == period) at = 0
  }
}

/** The same as `normalize`, then QuantizeLinear, eight numbers at a time. */
export function normalizeInt8(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<Normalize>(step.op)
  const inverse = v128.load32_splat(step.op, offsetof<Normalize>('inverseScale'))
  const lo = lowest(step.op), hi = highest(step.op), base = bases(step.op), rounder = rounders()
  const end = endOf(op, tile)
  const period = <usize>op.period << 2
  let at: usize = 0
  for (let i = firstOf(op, tile); i < end; i += 8) {
    const from = step.a + (i << 2), offsets = op.offsets + at, scales = op.scales + at
    const first = f32x4.mul(f32x4.sub(v128.load(from), v128.load(offsets)), v128.load(scales))
    const second = f32x4.mul(f32x4.sub(v128.load(from, 16), v128.load(offsets, 16)), v128.load(scales, 16))
    const low = settle(numbers(f32x4.mul(first, inverse)), lo, hi, base, rounder)
    const high = settle(numbers(f32x4.mul(second, inverse)), lo, hi, base, rounder)
    v128.store64_lane(step.y + i, narrow(low, high), 0)
    at += 32
    if (at == period) at = 0
  }
}
