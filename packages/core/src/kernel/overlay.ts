import type { KernelDevice } from './contract.ts'

/**
 * A device with some members replaced. The other members run on the device itself, because a proxy has no access to its
 * private fields.
 */
export function overlay(device: KernelDevice, members: Partial<KernelDevice>): KernelDevice {
  return new Proxy(device, {
    get: (target, name) => {
      if (Object.hasOwn(members, name)) return members[name as keyof KernelDevice]
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}
