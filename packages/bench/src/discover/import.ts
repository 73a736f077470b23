import { CONTRACT, type KernelDevice, type KernelPackage } from '@octet/core'
import { oneLine } from '../show/message.ts'

/** Imports the kernels that a module exports by default, or says what is wrong with them and how to mend it. */
export async function importKernels(url: string): Promise<KernelPackage | string> {
  let exported: unknown
  try {
    exported = ((await import(url)) as { default?: unknown }).default
  } catch (error) {
    return `its entry cannot be imported: ${oneLine(error)}`
  }
  if (typeof exported !== 'object' || exported === null)
    return 'its entry has no default export that is a kernel package: see docs/adding-kernels.md'
  const { id, contract, open } = exported as Partial<KernelPackage>
  if (contract !== CONTRACT)
    return `its contract is ${String(contract)}, and this octet speaks ${CONTRACT}: build it against this workspace's @octet/core`
  if (typeof id !== 'string' || !/^[\w.-]+$/.test(id))
    return 'its id is not a word of letters, digits, ".", "_" and "-": name it so in its default export'
  if (typeof open !== 'function') return 'it has no open(): its default export must have one'
  return exported as KernelPackage
}

const METHODS = [
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
] as const satisfies readonly (keyof KernelDevice)[]

/** What `open` yielded as the device that it is, undefined where it says that there is none, or what is wrong with it. */
export function checkOpened(opened: unknown): KernelDevice | string | undefined {
  if (typeof opened !== 'object' || opened === null)
    return 'its open() yields neither a device nor { unavailable, mend }'
  if ('unavailable' in opened) return undefined
  const device = opened as Partial<KernelDevice>
  if (typeof device.info?.id !== 'string') return 'its open() yields a device without info.id'
  const missing = METHODS.filter((name) => typeof device[name] !== 'function')
  return missing.length === 0
    ? (device as KernelDevice)
    : `its open() yields a device without ${missing.map((name) => `${name}()`).join(', ')}`
}
