import { OctetError, type DeviceTensor } from '@octet/core'
import { describeTensor } from '../ops/kernel.ts'

/** Device memory of one tensor, or shared by several tensors. */
export interface Storage {
  readonly buffer: GPUBuffer
  readonly capacity: number
  freed: boolean
}

/** The package's own tensor type: a spec with its storage. */
export interface StoredTensor extends DeviceTensor {
  readonly storage: Storage
}

/** The storage of a tensor of this package. */
export function storageOf(tensor: DeviceTensor): Storage {
  const { storage } = tensor as Partial<StoredTensor>
  if (storage === undefined) throw new OctetError('this tensor was not made by a webgpu device')
  if (storage.freed) throw new OctetError(`${describeTensor(tensor.spec)} was freed`)
  return storage
}
