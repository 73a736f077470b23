import { OctetError } from '../../error.ts'
import {
  fixedPointMultiplier,
  LARGEST_SUM,
  multiplyByFixedPoint,
  requantize,
  type FixedPointRounding,
} from '../../numerics/index.ts'

/** From an int32 sum to an integer on the output's grid. */
export type Rescale = (sum: number) => number

/** @throws OctetError where a sum leaves int32: devices would wrap it. */
export function inInt32(sum: number, op: string): number {
  if (sum <= LARGEST_SUM && sum >= -LARGEST_SUM - 1) return sum
  throw new OctetError(
    `${op}: the sum ${sum} leaves int32`,
    'raise the scale of its weights, as ptq does, or compute it in fp16 or fp32',
  )
}

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
