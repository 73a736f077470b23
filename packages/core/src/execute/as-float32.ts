import { fromFloat16 } from '../numerics/index.ts'
import { tensor, type Tensor } from '../tensor/tensor.ts'

/** A tensor in float32, where every half and every int8 has its place; one that is in float32 already is not copied. */
export function asFloat32(held: Tensor): Tensor<'float32'> {
  if (held.dtype === 'float32') return held as Tensor<'float32'>
  const { dtype, shape, data } = held
  return tensor(
    'float32',
    shape,
    dtype === 'float16' ? fromFloat16(data as Uint16Array) : Float32Array.from(data),
  )
}
