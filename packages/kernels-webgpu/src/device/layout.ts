import {
  allocate,
  bytesPerElement,
  elements,
  tensor,
  type Tensor,
  type TensorSpec,
  viewAs,
} from '@octet/core'
import { extentOf } from '../ops/kernel.ts'

/** Bytes of a tensor in storage: pixels with whole blocks of four channels, so always a multiple of 4. */
export function storedBytes(spec: TensorSpec): number {
  return extentOf(spec).words * 4 * bytesPerElement(spec.dtype)
}

/** Row-major N, C, pixels -> N, pixels, C. C is rounded up to a multiple of four, and the rest is 0. */
export function toStored({ dtype, shape, data }: Tensor): Tensor['data'] {
  const { n, c, p, c4 } = extentOf({ dtype, shape })
  const stride = c4 * 4
  if (p === 1 && c === stride) return data
  const stored = allocate(dtype, n * p * stride)
  for (let image = 0; image < n; image++)
    for (let channel = 0; channel < c; channel++) {
      const from = (image * c + channel) * p
      const to = image * p * stride + channel
      for (let pixel = 0; pixel < p; pixel++) stored[to + pixel * stride] = data[from + pixel]
    }
  return stored
}

/** The inverse of `toStored`, from the bytes of a tensor's storage. */
export function fromStored(spec: TensorSpec, bytes: ArrayBuffer): Tensor {
  const { n, c, p, c4 } = extentOf(spec)
  const stride = c4 * 4
  const stored = viewAs(spec.dtype, bytes)
  if (p === 1 && c === stride) return tensor(spec.dtype, spec.shape, stored)
  const data = allocate(spec.dtype, elements(spec.shape))
  for (let image = 0; image < n; image++)
    for (let channel = 0; channel < c; channel++) {
      const to = (image * c + channel) * p
      const from = image * p * stride + channel
      for (let pixel = 0; pixel < p; pixel++) data[to + pixel] = stored[from + pixel * stride]
    }
  return tensor(spec.dtype, spec.shape, data)
}
