import { rint } from './rint.ts'

/**
 * Brings an int32 accumulator at scale s_x*s_w to an integer at scale s_y: `clamp(rint(fl32(fl32(acc) * multiplier)) +
 * zeroPoint, lo, hi)`, with `multiplier = fl32(fl32(s_x * s_w) / s_y)`. It rounds before it adds the zero point, so
 * that nothing can contract into an FMA. A float in place of a sum is quantized the same way. NaN counts as 0.
 */
export function requantize(
  acc: number,
  multiplier: number,
  zeroPoint: number,
  lo: number,
  hi: number,
): number {
  const steps = rint(Math.fround(Math.fround(acc) * multiplier))
  const y = (steps === steps ? steps : 0) + zeroPoint
  return y < lo ? lo : y > hi ? hi : y
}

/** `fl32(fl32(s_x * s_w) / s_y)`, the multiplier for `requantize`. */
export function requantizeMultiplier(inputScale: number, weightScale: number, outputScale: number): number {
  return Math.fround(Math.fround(inputScale * weightScale) / outputScale)
}

/**
 * Biases as int32 at scale s_x*s_w: `rint(fl32(bias * fl32(1 / fl32(s_x * s_w))))`, saturated at the ends of int32.
 * `weightScale` has length 1, or one scale per bias.
 */
export function quantizeBias(bias: Float32Array, inputScale: number, weightScale: Float32Array): Int32Array {
  const perChannel = weightScale.length > 1
  return Int32Array.from(bias, (value, channel) => {
    const inverse = Math.fround(1 / Math.fround(inputScale * weightScale[perChannel ? channel : 0]))
    const q = rint(Math.fround(value * inverse))
    return Math.min(2147483647, Math.max(-2147483648, q))
  })
}
