import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CONTRACT, type KernelPackage, referencePackage } from '@octet/core'
import { workspacePackages, type WorkspacePackage } from './workspace.ts'

/** A kernel package that was found and can be used. */
export interface DiscoveredKernels {
  /** npm name. */
  readonly name: string
  readonly kernels: KernelPackage
}

/** A package that says it has kernels and cannot be used, or cannot be read at all. */
export interface DiscoveryFault {
  readonly package: string
  readonly fault: string
}

export interface Discovery {
  readonly found: readonly DiscoveredKernels[]
  readonly faults: readonly DiscoveryFault[]
}

/**
 * Imports every workspace package whose package.json has `octet.kernels`, and checks contract and shape of what it exports.
 * One that is broken is a fault, by name, and keeps none of the others from being found.
 */
export async function discoverKernels(root: string): Promise<Discovery> {
  const { packages, faults } = workspacePackages(root)
  const found: DiscoveredKernels[] = []
  for (const candidate of packages) {
    const entry = kernelsEntry(candidate)
    if (entry === undefined) continue
    const kernels = await importKernels(candidate.folder, entry)
    if (typeof kernels === 'string') faults.push({ package: candidate.name, fault: kernels })
    else if (kernels.id === referencePackage.id || found.some((other) => other.kernels.id === kernels.id))
      faults.push({ package: candidate.name, fault: `its id "${kernels.id}" is taken` })
    else found.push({ name: candidate.name, kernels })
  }
  return { found, faults }
}

function kernelsEntry({ manifest }: WorkspacePackage): unknown {
  const octet = manifest['octet']
  return typeof octet === 'object' && octet !== null && 'kernels' in octet ? octet.kernels : undefined
}

/** The package's kernels, or what is wrong with them. */
async function importKernels(folder: string, entry: unknown): Promise<KernelPackage | string> {
  if (typeof entry !== 'string') return 'octet.kernels in its package.json is not a path'
  const path = join(folder, entry)
  if (!existsSync(path)) return `octet.kernels is ${entry}, which is not there: build the package`
  let exported: unknown
  try {
    exported = ((await import(pathToFileURL(path).href)) as { default?: unknown }).default
  } catch (error) {
    return `${entry} cannot be imported: ${oneLine(error)}`
  }
  if (typeof exported !== 'object' || exported === null)
    return `${entry} has no default export that is a kernel package`
  const { id, contract, open } = exported as Partial<KernelPackage>
  if (contract !== CONTRACT) return `its contract is ${String(contract)}, and this octet speaks ${CONTRACT}`
  if (typeof id !== 'string' || !/^[\w.-]+$/.test(id))
    return 'its id is not a word of letters, digits, ".", "_" and "-"'
  if (typeof open !== 'function') return 'it has no open()'
  return exported as KernelPackage
}

function oneLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n', 1)[0]
}
