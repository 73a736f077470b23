import { hold, loadFour, loadOne, storeUpToFour } from '../half'
import { multiplyAdd } from '../multiply-add'
import { bases, highest, lowest, requantizeEight, rounders, storeBytes, Target } from '../requantize'
import { Step } from '../step'

/**
 * Several products of [M,K] by [K,N]. Channels are stored together, so a is stored as [K][M], b as [N][K] and y as
 * [N][M]. The host writes the words in this order (src/ops/matmul.ts).
 */
@unmanaged
class Batched extends Target {
  m: i32
  k: i32
  n: i32
  /** The steps from row to row of a and y, and of b. */
  storedM: i32
  storedK: i32
  /** The number of tiles in one product. */
  tiles: i32
  aZeroPoint: i32
  bZeroPoint: i32
  multiplier: f32
}

/** The number of rows of y in a tile. */
const ROWS = 4

/** Computes up to four rows of y, eight columns at a time. */
@kernels(Float, Half)
function batched<T>(step: Step, tile: i32): void {
  const op = changetype<Batched>(step.op)
  const size: usize = sizeof<T>()
  const at = changetype<usize>(op)
  const lo = lowest(at), hi = highest(at)
  const which = tile / op.tiles
  const first = (tile % op.tiles) * ROWS
  const pitch = <usize>op.storedM * size
  const a = step.a + <usize>(which * op.k) * pitch
  const b = step.b + <usize>(which * op.n * op.storedK) * size
  const y = step.y + <usize>(which * op.n) * pitch
  const last = op.n - 1
  const b0 = b + <usize>(first * op.storedK) * size
  const b1 = b + <usize>(min(first + 1, last) * op.storedK) * size
  const b2 = b + <usize>(min(first + 2, last) * op.storedK) * size
  const b3 = b + <usize>(min(first + 3, last) * op.storedK) * size
  const end = <usize>op.k * size
  for (let m = 0; m < op.m; m += 8) {
    let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00
    let column = a + <usize>m * size
    for (let k: usize = 0; k < end; k += size, column += pitch) {
      const low = loadFour<T>(column), high = loadFour<T>(column + 4 * size)
      let by = f32x4.splat(loadOne<T>(b0 + k))
      s00 = multiplyAdd(low, by, s00)
      s01 = multiplyAdd(high, by, s01)
      by = f32x4.splat(loadOne<T>(b1 + k))
      s10 = multiplyAdd(low, by, s10)
      s11 = multiplyAdd(high, by, s11)
      by = f32x4.splat(loadOne<T>(b2 + k))
      s20 = multiplyAdd(low, by, s20)
      s21 = multiplyAdd(high, by, s21)
      by = f32x4.splat(loadOne<T>(b3 + k))
      s30 = multiplyAdd(low, by, s30)
      s31 = multiplyAdd(high, by, s31)
    }
    const columns = op.m - m
    for (let r = 0; r < ROWS && first + r < op.n; r++) {
      const low = r == 0 ? s00 : r == 1 ? s10 : r == 2 ? s20 : s30
      const high = r == 0 ? s01 : r == 1 ? s11 : r == 2 ? s21 : s31
      const to = y + <usize>(first + r) * pitch + <usize>m * size
      storeUpToFour<T>(to, hold(low, lo, hi), columns)
      if (columns > 4) storeUpToFour<T>(to + 4 * size, hold(high, lo, hi), columns - 4)
    }
  }
  clearRoom(op, y, first, size)
}

/** Sets the room beside the columns of a tile's rows to 0. */
@inline
function clearRoom(op: Batched, y: usize, first: i32, size: usize): void {
  const room = <usize>(op.storedM - op.m) * size
  if (room == 0) return
  for (let r = first; r < min(first + ROWS, op.n); r++)
    memory.fill(y + <usize>(r * op.storedM + op.m) * size, 0, room)
}

/** Computes up to four rows of y, one after the other, eight columns at a time, in int32. */
export function batchedInt8(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<Batched>(step.op)
  const at = changetype<usize>(op)
  const lo = lowest(at), hi = highest(at), base = bases(at), rounder = rounders()
  const multiplier = v128.load32_splat(at, offsetof<Batched>('multiplier'))
  const zero = i16x8.splat(<i16>op.aZeroPoint)
  const which = tile / op.tiles
  const first = (tile % op.tiles) * ROWS
  const pitch = <usize>op.storedM
  const a = step.a + <usize>(which * op.k) * pitch
  const b = step.b + <usize>(which * op.n * op.storedK)
  const y = step.y + <usize>(which * op.n) * pitch
  for (let n = first; n < min(first + ROWS, op.n); n++) {
    const row = b + <usize>(n * op.storedK)
    for (let m = 0; m < op.m; m += 8) {
      let low = i32x4.splat(0), high = low
      let column = a + <usize>m
      for (let k = 0; k < op.k; k++, column += pitch) {
        const values = i16x8.sub(v128.load8x8_s(column), zero)
        const by = i16x8.splat(<i16>(<i32>load<i8>(row + <usize>k) - op.bZeroPoint))
        low = i32x4.add(low, i32x4.extmul_low_i16x8_s(values, by))
        high = i32x4.add(high, i32x4.extmul_high_i16x8_s(values, by))
      }
      const bytes = requantizeEight(low, high, multiplier, multiplier, lo, hi, base, rounder)
      storeBytes(y + <usize>n * pitch + <usize>m, bytes, op.m - m)
    }
  }
  clearRoom(op, y, first, 1)
}
