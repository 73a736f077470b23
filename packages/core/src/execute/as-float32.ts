import { fromFloat16 } from '../numerics/index.ts'
import { tensor, type Tensor } from '../tensor/tensor.ts'

/** A tensor of floats in float32; one that is in float32 already is not copied. */
export function asFloat32(held: Tensor): Tensor<'float32'> {
  if (held.dtype === 'float32') return held as Tensor<'float32'>
  return tensor('float32', held.shape, fromFloat16((held as Tensor<'float16'>).data))
}
