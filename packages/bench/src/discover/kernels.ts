import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CONTRACT, type KernelPackage, referencePackage } from '@octet/core'
import type { CaseResult } from '@octet/core/conformance'
import type { Candidate } from '../vet/kept.ts'
import { vet, type Vetting } from '../vet/vet.ts'
import { importKernels } from './import.ts'
import type { MissingDevice } from './missing-device.ts'
import { workspacePackages, type WorkspacePackage } from './workspace.ts'

/** A kernel package that was found and can be used. */
export interface DiscoveredKernels {
  /** npm name. */
  readonly name: string
  readonly folder: string
  /** Held to what came of its trial, where it was vetted. */
  readonly kernels: KernelPackage
  /** What came of the conformance cases of its trial. */
  readonly tried?: readonly CaseResult[]
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
 * Imports every workspace package whose package.json has `octet.kernels`, and checks contract and shape of what it
 * exports. With `vetting` each is tried in a process of its own first. One that is broken is a fault, by name, and
 * keeps none of the others from being found.
 */
export async function discoverKernels(root: string, vetting?: Vetting): Promise<Discovery> {
  const { packages, faults } = workspacePackages(root)
  const candidates: Candidate[] = []
  for (const one of packages) {
    const entry = entryOf(one)
    if (entry === undefined) continue
    if ('fault' in entry) faults.push({ package: one.name, ...entry })
    else candidates.push({ name: one.name, folder: one.folder, entry: entry.path })
  }
  const vetted = vetting && (await Promise.all(candidates.map((one) => vet(one, vetting))))
  const found: DiscoveredKernels[] = []
  for (const [i, { name, folder, entry }] of candidates.entries()) {
    const trial = vetted?.[i]
    const unusable = trial?.verdict.id === undefined ? trial?.verdict.broken : undefined
    const fallen = vetting?.fallen?.find(({ kernels: id }) => id === trial?.verdict.id)
    const kernels = unusable ?? (fallen ? without(fallen) : await importKernels(pathToFileURL(entry).href))
    if (typeof kernels === 'string') faults.push({ package: name, fault: kernels })
    else if (kernels.id === referencePackage.id || found.some((other) => other.kernels.id === kernels.id))
      faults.push({ package: name, fault: `its id "${kernels.id}" is taken: give it another` })
    else if (trial === undefined) found.push({ name, folder, kernels })
    else found.push({ name, folder, kernels: trial.guard(kernels), tried: trial.verdict.results })
  }
  return { found, faults }
}

/** Stands for a package of which no code is to run in this process. */
function without({ kernels, reason, mend }: MissingDevice): KernelPackage {
  return { id: kernels, contract: CONTRACT, open: async () => ({ unavailable: reason, mend }) }
}

/** The module that a package's manifest names, or what is wrong with that; undefined where it has no kernels. */
function entryOf({ manifest, folder }: WorkspacePackage): { path: string } | { fault: string } | undefined {
  const octet = manifest['octet']
  if (octet === undefined) return undefined
  const entry = typeof octet === 'object' && octet !== null && 'kernels' in octet ? octet.kernels : undefined
  if (typeof entry !== 'string')
    return {
      fault:
        'octet.kernels in its package.json is not a path: write "octet": { "kernels": "./dist/index.js" }',
    }
  const path = join(folder, entry)
  return existsSync(path)
    ? { path }
    : { fault: `octet.kernels is ${entry}, which is not there: build the package` }
}
