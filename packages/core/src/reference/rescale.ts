import {
  fixedPointMultiplier,
  multiplyByFixedPoint,
  requantize,
  type FixedPointRounding,
} from '../numerics/index.ts'

/** From an int32 sum to an integer on the output's grid. */
export type Rescale = (sum: number) => number

/** What a rescaled sum is put on: its multiplier, the output's zero point and bounds. */
export interface Target {
  readonly multiplier: number
  readonly zeroPoint: number
  readonly clamp: readonly [number, number]
}

/** The rescaling of one multiplier: in float32 (see `requantize`), or by a Q31 multiplier in integers alone. */
export function rescaleTo(
  { multiplier, zeroPoint, clamp: [lo, hi] }: Target,
  fixedPoint: FixedPointRounding | undefined,
): Rescale {
  if (fixedPoint === undefined) return (sum) => requantize(sum, multiplier, zeroPoint, lo, hi)
  const q31 = fixedPointMultiplier(multiplier)
  return (sum) => Math.min(Math.max(multiplyByFixedPoint(sum, q31, fixedPoint) + zeroPoint, lo), hi)
}
