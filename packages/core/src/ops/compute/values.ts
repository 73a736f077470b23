import { OctetError } from '../../error.ts'
import {
  fixedPointMultiplier,
  fromFloat16,
  LARGEST_SUM,
  multiplyByFixedPoint,
  requantize,
  roundToFloat16,
  type FixedPointRounding,
} from '../../numerics/index.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Clamp } from '../spec.ts'

/**
 * A tensor's values as float64, so that all three precisions share one accumulation. Products of int8 and of float32
 * are exact in float64, and integer sums are exact up to 2^53. `zeroPoint` is subtracted from integers.
 */
export function widen(source: Tensor, zeroPoint = 0): Float64Array {
  if (source.dtype === 'float16') return new Float64Array(fromFloat16((source as Tensor<'float16'>).data))
  const wide = new Float64Array(source.data)
  if (zeroPoint !== 0) for (let i = 0; i < wide.length; i++) wide[i] -= zeroPoint
  return wide
}

/** Brings an int32 sum to an integer on the output's grid. */
export type Rescale = (sum: number) => number

/** @throws OctetError if a sum leaves int32, because devices would wrap it. */
export function inInt32(sum: number, op: string): number {
  if (sum <= LARGEST_SUM && sum >= -LARGEST_SUM - 1) return sum
  throw new OctetError(
    `${op}: the sum ${sum} leaves int32`,
    'raise the scale of its weights, as ptq does, or compute it in fp16 or fp32',
  )
}

/** The target of a rescaled sum: its multiplier, and the output's zero point and bounds. */
export interface Target {
  readonly multiplier: number
  readonly zeroPoint: number
  readonly clamp: readonly [number, number]
}

/** The rescaling by one multiplier: in float32 (see `requantize`), or by a Q31 multiplier with integers only. */
export function rescaleTo(
  { multiplier, zeroPoint, clamp: [lo, hi] }: Target,
  fixedPoint: FixedPointRounding | undefined,
): Rescale {
  if (fixedPoint === undefined) return (sum) => requantize(sum, multiplier, zeroPoint, lo, hi)
  const q31 = fixedPointMultiplier(multiplier)
  return (sum) => Math.min(Math.max(multiplyByFixedPoint(sum, q31, fixedPoint) + zeroPoint, lo), hi)
}

/** Stores float results: rounds to float32, clamps, and for a float16 output rounds to float16. */
export function storeFloat(target: Tensor, values: ArrayLike<number>, [lo, hi]: Clamp): void {
  const { data } = target
  const half = target.dtype === 'float16'
  for (let i = 0; i < data.length; i++) {
    const value = Math.fround(values[i])
    // Unlike Math.min, comparisons leave NaN unchanged.
    const held = value < lo ? lo : value > hi ? hi : value
    data[i] = half ? roundToFloat16(held) : held
  }
}

/** Stores integer sums at one scale: see `rescaleTo`. */
export function storeInteger(
  target: Tensor,
  sums: ArrayLike<number>,
  grid: Target,
  fixedPoint?: FixedPointRounding,
): void {
  const rescale = rescaleTo(grid, fixedPoint)
  for (let i = 0; i < target.data.length; i++) target.data[i] = rescale(sums[i])
}
