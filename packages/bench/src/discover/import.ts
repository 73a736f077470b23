import { CONTRACT, inert, type KernelDevice, type KernelPackage } from '@octet/core'
import { oneLine } from '../show/message.ts'

/** The most characters of an adapter's id, which is part of keys and tables. */
const LONGEST_ID = 100

/**
 * Imports the kernels that a module exports by default. Returns a description of the fault and its remedy if that
 * fails.
 */
export async function importKernels(url: string): Promise<KernelPackage | string> {
  return kernelsIn(() => import(url))
}

/** The kernels that `load` finds as a module's default export, or a description of the fault. */
export async function kernelsIn(load: () => Promise<unknown>): Promise<KernelPackage | string> {
  let exported: unknown
  try {
    exported = ((await load()) as { default?: unknown }).default
  } catch (error) {
    return `its entry cannot be imported: ${oneLine(error)}`
  }
  if (typeof exported !== 'object' || exported === null)
    return 'its entry has no default export that is a kernel package: see docs/adding-kernels.md'
  const { id, contract, open } = exported as Partial<KernelPackage>
  if (contract !== CONTRACT)
    return (
      `its contract is ${String(contract)}, and this octet speaks ${CONTRACT}: build it against this ` +
      "workspace's @octet/core"
    )
  if (typeof id !== 'string' || !/^[A-Za-z\d][\w.-]{0,59}$/.test(id))
    return (
      'its id is not a word of at most 60 letters, digits, ".", "_" and "-" that begins with a letter ' +
      'or digit: name it so in its default export'
    )
  if (typeof open !== 'function') return 'it has no open(): its default export must have one'
  return exported as KernelPackage
}

/** The required members of a device. */
export const DEVICE_METHODS: readonly (keyof KernelDevice)[] = [
  'supports',
  'byteLength',
  'alloc',
  'write',
  'read',
  'prepare',
  'submit',
  'finish',
  'time',
  'free',
  'release',
  'dispose',
]

/**
 * Checks the result of `open`. Returns the device, undefined if the package says that there is none, or a description
 * of the fault.
 */
export function checkOpened(opened: unknown): KernelDevice | string | undefined {
  if (typeof opened !== 'object' || opened === null)
    return 'its open() yields neither a device nor { unavailable, mend }'
  if ('unavailable' in opened) return undefined
  const device = opened as Partial<KernelDevice>
  const id = device.info?.id
  if (typeof id !== 'string') return 'its open() yields a device without info.id'
  if (id === '' || inert(id, LONGEST_ID) !== id)
    return (
      `its open() yields a device whose info.id is not 1 to ${LONGEST_ID} visible characters: ` +
      `"${inert(id, LONGEST_ID)}"`
    )
  const missing = DEVICE_METHODS.filter((name) => typeof device[name] !== 'function')
  return missing.length === 0
    ? (device as KernelDevice)
    : `its open() yields a device without ${missing.map((name) => `${name}()`).join(', ')}`
}
