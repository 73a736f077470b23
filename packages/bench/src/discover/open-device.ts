import type { KernelDevice } from '@octet/core'

/** A kernel package with its open device. */
export interface OpenDevice {
  readonly kernels: string
  readonly device: KernelDevice
}
