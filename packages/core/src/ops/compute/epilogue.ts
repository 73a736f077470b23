import { roundToFloat16, type FixedPointRounding } from '../../numerics/index.ts'
import type { Clamp } from '../spec.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { rescaleTo, type Target } from './rescale.ts'

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
