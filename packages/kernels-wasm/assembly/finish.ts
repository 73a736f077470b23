import { hold, storeUpToFour } from './half'
import { bases, highest, lowest, requantizeEight, rounders, storeBytes } from './requantize'
import { Product } from './rows'

/**
 * Brings sums [rows][8] of int8 products to the first `columns` of 8 columns of y: bias, multiplier, bounds, zero
 * point.
 */
export function finishInt8(op: Product, sums: usize, rows: i32, column: i32, columns: i32, y: usize): void {
  const at = <usize>column << 2
  const bias0 = v128.load(op.bias + at), bias1 = v128.load(op.bias + at, 16)
  const m0 = v128.load(op.multiplier + at), m1 = v128.load(op.multiplier + at, 16)
  const target = changetype<usize>(op)
  const lo = lowest(target), hi = highest(target), base = bases(target), rounder = rounders()
  for (const end = sums + (<usize>rows << 5); sums < end; sums += 32, y += op.ldy) {
    const low = i32x4.add(v128.load(sums), bias0), high = i32x4.add(v128.load(sums, 16), bias1)
    storeBytes(y, requantizeEight(low, high, m0, m1, lo, hi, base, rounder), columns)
  }
}

/** Finishes float sums: bias and bounds. T is the stored type: f32, or u16 for halves. */
export function finishFloat<T>(op: Product, sums: usize, rows: i32, column: i32, columns: i32, y: usize): void {
  const at = <usize>column << 2
  const bias0 = v128.load(op.bias + at), bias1 = v128.load(op.bias + at, 16)
  const lo = f32x4.splat(op.lo), hi = f32x4.splat(op.hi)
  for (const end = sums + (<usize>rows << 5); sums < end; sums += 32, y += op.ldy * sizeof<T>()) {
    storeUpToFour<T>(y, hold(f32x4.add(v128.load(sums), bias0), lo, hi), columns)
    storeUpToFour<T>(y + 4 * sizeof<T>(), hold(f32x4.add(v128.load(sums, 16), bias1), lo, hi), columns - 4)
  }
}
