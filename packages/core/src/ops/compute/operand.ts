import { fromFloat16 } from '../../numerics/index.ts'
import type { Tensor } from '../../tensor/tensor.ts'

/**
 * A tensor's values as float64, where products of int8 and of float32 are exact and integer sums stay exact up to
 * 2^53; `zeroPoint` is subtracted from integers. All three precisions then share one accumulation.
 */
export function widen(source: Tensor, zeroPoint = 0): Float64Array {
  if (source.dtype === 'float16') return new Float64Array(fromFloat16((source as Tensor<'float16'>).data))
  const wide = new Float64Array(source.data)
  if (zeroPoint !== 0) for (let i = 0; i < wide.length; i++) wide[i] -= zeroPoint
  return wide
}
