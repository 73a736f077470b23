import { CONTRACT, type KernelPackage } from '@octet/core'
import { HostDevice, INFO } from './device.ts'

const kernels: KernelPackage = {
  id: 'template',
  contract: CONTRACT,
  open: async ({ adapter }) =>
    answersTo(adapter)
      ? new HostDevice()
      : { unavailable: `its one adapter is ${INFO.id}, not "${adapter}"`, mend: 'Leave --adapter out' },
}

/** Whether the device is the requested adapter: `auto`, `hardware`, `software`, or part of an adapter's id or name. */
function answersTo(adapter: string): boolean {
  if (adapter === 'auto') return true
  if (adapter === 'hardware' || adapter === 'software') return INFO.software === (adapter === 'software')
  return `${INFO.id} ${INFO.name}`.toLowerCase().includes(adapter.toLowerCase())
}

export default kernels
