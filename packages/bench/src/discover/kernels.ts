import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CONTRACT, type KernelPackage, referencePackage } from '@octet/core'
import type { CaseResult } from '@octet/core/conformance'
import type { Candidate } from '../vet/kept.ts'
import { vet, type Vetting } from '../vet/vet.ts'
import { importKernels } from './import.ts'
import type { MissingDevice } from './missing-device.ts'
import { packagesIn, type WorkspacePackage } from './workspace.ts'

/** A discovered kernel package that can be used. */
export interface DiscoveredKernels {
  /** npm name. */
  readonly name: string
  readonly folder: string
  /** The module with its kernels. */
  readonly entry: string
  /** The kernels. If the package was tried, only the ops that passed. */
  readonly kernels: KernelPackage
  /** URL of the module with its training kernels, if it has any. */
  readonly training?: string
  /** URL of the module with its exact kernels, if it has any. */
  readonly exact?: string
  /** The results of the conformance cases that tried the package. */
  readonly tried?: readonly CaseResult[]
}

/** A package that declares kernels but cannot be used, or that cannot be read at all. */
export interface DiscoveryFault {
  readonly package: string
  readonly fault: string
}

export interface Discovery {
  readonly found: readonly DiscoveredKernels[]
  readonly faults: readonly DiscoveryFault[]
}

/**
 * Imports every package in reach of some folders whose package.json has `octet.kernels`, and checks that its exports
 * fit the contract. With `vetting`, each package first runs in its own process. A broken package is reported as a fault
 * with its name. The others are still found.
 */
export async function discoverKernels(roots: readonly string[], vetting?: Vetting): Promise<Discovery> {
  const { packages, faults } = packagesIn(roots)
  const candidates: (Candidate & Entries)[] = []
  for (const one of packages) {
    const entry = entriesOf(one)
    if (entry === undefined) continue
    if ('fault' in entry) faults.push({ package: one.name, ...entry })
    else candidates.push({ name: one.name, folder: one.folder, ...entry })
  }
  const vetted = vetting && (await Promise.all(candidates.map((one) => vet(one, vetting))))
  const found: DiscoveredKernels[] = []
  for (const [i, { name, folder, entry, ...others }] of candidates.entries()) {
    const trial = vetted?.[i]
    const unusable = trial?.outcome.id === undefined ? trial?.outcome.broken : undefined
    const fallen = vetting?.fallen?.find(({ kernels: id }) => id === trial?.outcome.id)
    const kernels = unusable ?? (fallen ? without(fallen) : await importKernels(pathToFileURL(entry).href))
    if (typeof kernels === 'string') faults.push({ package: name, fault: kernels })
    else if (kernels.id === referencePackage.id || found.some((other) => other.kernels.id === kernels.id))
      faults.push({ package: name, fault: `its id "${kernels.id}" is taken: give it another` })
    else
      found.push({
        name,
        folder,
        entry,
        kernels: trial?.guard(kernels) ?? kernels,
        ...(fallen === undefined && trial?.outcome.broken === undefined && others),
        ...(trial && { tried: trial.outcome.results }),
      })
  }
  return { found, faults }
}

/** A placeholder for a package whose code must not run in this process. */
function without({ kernels, reason, mend }: MissingDevice): KernelPackage {
  return { id: kernels, contract: CONTRACT, open: async () => ({ unavailable: reason, mend }) }
}

/** The module with a package's kernels, and the URLs of its training kernels and its exact kernels. */
interface Entries {
  readonly entry: string
  readonly training?: string
  readonly exact?: string
}

/** The modules that a package's manifest names, or a description of the fault. Undefined if it has no kernels. */
function entriesOf({ manifest, folder }: WorkspacePackage): Entries | { fault: string } | undefined {
  const octet = manifest['octet']
  if (octet === undefined) return undefined
  const { kernels, training, exact }: { [key in 'kernels' | 'training' | 'exact']?: unknown } = Object(octet)
  if (typeof kernels !== 'string') return notPath('kernels', './dist/index.js')
  if (training !== undefined && typeof training !== 'string') return notPath('training', './dist/training.js')
  if (exact !== undefined && typeof exact !== 'string') return notPath('exact', './dist/exact.js')
  const entry = join(folder, kernels)
  if (!existsSync(entry))
    return { fault: `octet.kernels is ${kernels}, which is not there: build the package` }
  const urlOf = (path: string): string => pathToFileURL(join(folder, path)).href
  return { entry, ...(training && { training: urlOf(training) }), ...(exact && { exact: urlOf(exact) }) }
}

function notPath(key: string, path: string): { fault: string } {
  return { fault: `octet.${key} in its package.json is not a path: write "octet": { "${key}": "${path}" }` }
}
