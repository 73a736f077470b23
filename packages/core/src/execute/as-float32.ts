import { fromFloat16 } from '../numerics/index.ts'
import { tensor, type Tensor } from '../tensor/tensor.ts'

/**
 * A tensor in float32, which holds every half and every int8 exactly. A tensor that is already float32 is not copied.
 */
export function asFloat32(held: Tensor): Tensor<'float32'> {
  if (held.dtype === 'float32') return held as Tensor<'float32'>
  const { dtype, shape, data } = held
  return tensor(
    'float32',
    shape,
    dtype === 'float16' ? fromFloat16(data as Uint16Array) : Float32Array.from(data),
  )
}
