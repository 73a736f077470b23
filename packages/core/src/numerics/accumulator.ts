import type { QParams } from './qparams.ts'

/**
 * The largest magnitude that a sum of an integer op may have. Sums are int32, and devices wrap larger sums. All bounds
 * on the sums of ops are derived from this constant, in this file.
 */
export const LARGEST_SUM: number = 2 ** 31 - 1

/** The largest distance of an int8 integer from a zero point, if the zero point is not known. */
const WIDEST = 255

/**
 * The most products of two int8 tensors, with any zero points, that cannot leave int32: floor((2^31 - 1) / 255^2) =
 * 33,025.
 */
export const MOST_PRODUCTS: number = Math.floor(LARGEST_SUM / WIDEST ** 2)

/**
 * The most integers of an int8 tensor, with any zero point, whose sum cannot leave int32: floor((2^31 - 1) / 255) =
 * 8,421,504.
 */
export const MOST_TERMS: number = Math.floor(LARGEST_SUM / WIDEST)

/** The largest distance of a per-tensor grid's integers from its zero point. */
export function reachOf({ qmin, qmax, zeroPoint }: QParams): number {
  return Math.max(zeroPoint[0] - qmin, qmax - zeroPoint[0])
}

/**
 * The first output channel of int8 weights whose sums can leave int32 (see `largestSums`); -1 if there is none. It
 * reads the weights only if their number does not decide.
 */
export function channelPastInt32(
  weight: Int8Array,
  zeroPoint: ArrayLike<number>,
  bias: ArrayLike<number>,
  reach: number,
): number {
  const left = LARGEST_SUM - (weight.length / bias.length) * WIDEST * reach
  if (Array.from(bias).every((b) => Math.abs(b) <= left)) return -1
  return largestSums(weight, zeroPoint, bias, reach).findIndex((sum) => sum > LARGEST_SUM)
}

/**
 * The largest magnitude that the sums of a layer can have, by output channel: `|b| + Σ |w - zw| * reach`, where
 * `reach` is `reachOf` the input. `weight` is [M, ...] flat, `zeroPoint` has length 1 or M, `bias` is [M]. Padding adds
 * nothing, because it equals the input's zero point.
 */
export function largestSums(
  weight: ArrayLike<number>,
  zeroPoint: ArrayLike<number>,
  bias: ArrayLike<number>,
  reach: number,
): Float64Array {
  const inner = weight.length / bias.length
  return Float64Array.from(bias, (b, m) => {
    const z = zeroPoint[zeroPoint.length === 1 ? 0 : m]
    let sum = 0
    for (let i = m * inner; i < (m + 1) * inner; i++) sum += Math.abs(weight[i] - z)
    return Math.abs(b) + sum * reach
  })
}
