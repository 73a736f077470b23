import { CONTRACT, type KernelPackage } from '@octet/core'

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

/** What was thrown, cut to its first line. */
export function oneLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n', 1)[0]
}
