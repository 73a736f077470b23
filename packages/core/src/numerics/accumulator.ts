import type { QParams } from './qparams.ts'

/**
 * The most that the sums of integer ops may come to, either way: they are int32, and devices wrap what leaves it. All
 * bounds on what an op may sum are derived from this one, here.
 */
export const LARGEST_SUM: number = 2 ** 31 - 1

/** How far an int8 integer lies from a zero point at most, where that may be any other. */
const WIDEST = 255

/** Products of two int8 tensors, both zero points free, that cannot leave int32: floor((2^31 - 1) / 255^2) = 33,025. */
export const MOST_PRODUCTS: number = Math.floor(LARGEST_SUM / WIDEST ** 2)

/**
 * Integers of an int8 tensor, its zero point free, whose sum cannot leave int32: floor((2^31 - 1) / 255) = 8,421,504.
 */
export const MOST_TERMS: number = Math.floor(LARGEST_SUM / WIDEST)

/** How far the integers of a per-tensor grid lie from its zero point at most. */
export function reachOf({ qmin, qmax, zeroPoint }: QParams): number {
  return Math.max(zeroPoint[0] - qmin, qmax - zeroPoint[0])
}

/**
 * The first output channel of int8 weights whose sums can leave int32, as `largestSums` tells; -1 where there is none.
 * Weights are looked at only where their number leaves it open.
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
 * The largest magnitude that the sums of a layer can have, by output channel: `|b| + Σ |w - zw| * reach`, with
 * `reachOf` its input. `weight` is [M, ...] flat, `zeroPoint` has length 1 or M, `bias` is [M]. Padding adds nothing,
 * as it is the input's zero point.
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
