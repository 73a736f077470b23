import { requantize, roundToFloat16 } from '../numerics/index.ts'
import type { Clamp } from '../kernel/spec.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** Stores float results: rounds to float32, clamps, then rounds to float16 where the output is. */
export function storeFloat(target: Tensor, values: ArrayLike<number>, [lo, hi]: Clamp): void {
  const { data } = target
  const half = target.dtype === 'float16'
  for (let i = 0; i < data.length; i++) {
    const value = Math.fround(values[i])
    // Comparisons, unlike Math.min, let NaN pass as it is.
    const held = value < lo ? lo : value > hi ? hi : value
    data[i] = half ? roundToFloat16(held) : held
  }
}

/** Stores integer sums at one scale: see `requantize`. */
export function storeInteger(
  target: Tensor,
  sums: ArrayLike<number>,
  grid: { readonly multiplier: number; readonly zeroPoint: number; readonly clamp: Clamp },
): void {
  const { multiplier, zeroPoint } = grid
  const [lo, hi] = grid.clamp
  for (let i = 0; i < target.data.length; i++)
    target.data[i] = requantize(sums[i], multiplier, zeroPoint, lo, hi)
}
