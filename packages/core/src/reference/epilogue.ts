import { roundToFloat16 } from '../numerics/index.ts'
import type { Clamp } from '../kernel/spec.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** Stores float results: rounds to float32, clamps, then rounds to float16 where the output is. */
export function storeFloat(target: Tensor, value: (index: number) => number, [lo, hi]: Clamp): void {
  const { data } = target
  if (target.dtype === 'float16')
    for (let i = 0; i < data.length; i++)
      data[i] = roundToFloat16(Math.min(Math.max(Math.fround(value(i)), lo), hi))
  else for (let i = 0; i < data.length; i++) data[i] = Math.min(Math.max(value(i), lo), hi)
}
