import { OctetError, type DeviceTensor } from '@octet/core'
import { describeTensor } from '../ops/kernel.ts'

/** Device memory that one tensor owns or several share. */
export interface Storage {
  readonly buffer: GPUBuffer
  readonly capacity: number
  freed: boolean
}

/** The package's own tensor: a spec on some storage. */
export interface StoredTensor extends DeviceTensor {
  readonly storage: Storage
}

/** The storage behind a tensor of this package. */
export function storageOf(tensor: DeviceTensor): Storage {
  const { storage } = tensor as Partial<StoredTensor>
  if (storage === undefined) throw new OctetError('this tensor was not made by a webgpu device')
  if (storage.freed) throw new OctetError(`${describeTensor(tensor.spec)} was freed`)
  return storage
}
