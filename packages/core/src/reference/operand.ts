import { fromFloat16 } from '../numerics/index.ts'
import type { Tensor } from '../tensor/tensor.ts'

/**
 * A tensor's values as float64, where products of int8 and of float32 are exact and integer sums stay exact up to
 * 2^53; `zeroPoint` is subtracted from integers. All three precisions then share one accumulation.
 */
export function widen(source: Tensor, zeroPoint = 0): Float64Array {
  switch (source.dtype) {
    case 'float16':
      return Float64Array.from(fromFloat16((source as Tensor<'float16'>).data))
    case 'float32':
      return Float64Array.from(source.data)
    default: {
      const wide = new Float64Array(source.data.length)
      for (let i = 0; i < wide.length; i++) wide[i] = source.data[i] - zeroPoint
      return wide
    }
  }
}
