import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { OctetError } from '@octet/core'
import { globSync } from 'tinyglobby'
import { parse } from 'yaml'

const MANIFEST = 'pnpm-workspace.yaml'

/**
 * The workspace that contains a file: the nearest folder above it with a pnpm-workspace.yaml.
 * @throws OctetError if there is none.
 */
export function workspaceRoot(from: string = fileURLToPath(import.meta.url)): string {
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, MANIFEST))) return folder
    if (folder === dirname(folder))
      throw new OctetError(`no ${MANIFEST} above ${from}`, 'run octet from a checkout of its workspace')
  }
}

/** A package of a workspace or a project, as described by its package.json. */
export interface WorkspacePackage {
  readonly folder: string
  readonly name: string
  readonly manifest: Readonly<Record<string, unknown>>
}

/** Packages, and folders whose package.json is not JSON. */
export interface Packages {
  readonly packages: WorkspacePackage[]
  readonly faults: { package: string; fault: string }[]
}

/**
 * The packages in reach of some folders, without duplicates: the packages under each folder's workspace globs, in the
 * order of their folders, and the installed direct dependencies of its package.json.
 */
export function packagesIn(roots: readonly string[]): Packages {
  const all: Packages = { packages: [], faults: [] }
  const seen = new Set<string>()
  for (const root of roots)
    for (const [folder, called] of [...membersOf(root), ...dependenciesOf(root)]) {
      const place = realpathSync(folder)
      if (seen.has(place)) continue
      seen.add(place)
      try {
        const manifest = manifestOf(folder)
        const { name } = manifest
        all.packages.push({ folder, name: typeof name === 'string' ? name : called, manifest })
      } catch (error) {
        all.faults.push({
          package: called,
          fault: `its package.json is not JSON: ${(error as Error).message}`,
        })
      }
    }
  return all
}

function manifestOf(folder: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>
}

/** Folders under the globs of a workspace, with their paths in it. Empty if the folder is no workspace. */
function membersOf(root: string): (readonly [folder: string, called: string])[] {
  const globs = patterns(root)
  if (globs.length === 0) return []
  return globSync(globs, { cwd: root, ignore: ['**/node_modules/**'] })
    .toSorted()
    .map((path) => [join(root, dirname(path)), dirname(path)])
}

/** Folders of the installed direct dependencies. Empty if the package.json is not JSON. */
function dependenciesOf(root: string): (readonly [folder: string, called: string])[] {
  if (!existsSync(join(root, 'package.json'))) return []
  let manifest: Record<string, unknown>
  try {
    manifest = manifestOf(root)
  } catch {
    return []
  }
  const names = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
    Object.keys(Object(manifest[kind])),
  )
  return names.flatMap((name) => {
    const folder = dependencyFolder(root, name)
    return folder === undefined ? [] : [[folder, name] as const]
  })
}

/** The folder of an installed package, resolved as Node does from a folder. */
function dependencyFolder(from: string, name: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const place = join(folder, 'node_modules', name)
    if (existsSync(join(place, 'package.json'))) return place
    if (folder === dirname(folder)) return undefined
  }
}

/** The globs of a workspace. pnpm has a file for them; npm and Yarn put them in the package.json. */
function patterns(root: string): string[] {
  const globs = existsSync(join(root, MANIFEST))
    ? (parse(readFileSync(join(root, MANIFEST), 'utf8')) as { packages?: unknown } | null)?.packages
    : npmWorkspaces(root)
  return (Array.isArray(globs) ? globs.map(String) : []).map((glob) =>
    glob.startsWith('!') ? glob : `${glob.replace(/\/$/, '')}/package.json`,
  )
}

function npmWorkspaces(root: string): unknown {
  try {
    const workspaces = manifestOf(root)['workspaces']
    return Array.isArray(workspaces) ? workspaces : (Object(workspaces) as { packages?: unknown }).packages
  } catch {
    return undefined
  }
}
