import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { OctetError } from '@octet/core'
import { globSync } from 'tinyglobby'
import { parse } from 'yaml'

const MANIFEST = 'pnpm-workspace.yaml'

/**
 * The workspace that a file lies in: the nearest folder above it with a pnpm-workspace.yaml.
 * @throws OctetError when there is none.
 */
export function workspaceRoot(from: string = fileURLToPath(import.meta.url)): string {
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, MANIFEST))) return folder
    if (folder === dirname(folder))
      throw new OctetError(`no ${MANIFEST} above ${from}`, 'run octet from a checkout of its workspace')
  }
}

/** A package of the workspace, as its package.json has it. */
export interface WorkspacePackage {
  readonly folder: string
  readonly name: string
  readonly manifest: Readonly<Record<string, unknown>>
}

/**
 * All packages under the workspace's globs, in the order of their folders. Folders whose package.json is not JSON
 * come as faults.
 */
export function workspacePackages(root: string): {
  packages: WorkspacePackage[]
  faults: { package: string; fault: string }[]
} {
  const packages: WorkspacePackage[] = []
  const faults: { package: string; fault: string }[] = []
  for (const path of globSync(patterns(root), { cwd: root, ignore: ['**/node_modules/**'] }).toSorted()) {
    const folder = join(root, dirname(path))
    try {
      const manifest = JSON.parse(readFileSync(join(root, path), 'utf8')) as Record<string, unknown>
      const { name } = manifest
      packages.push({ folder, name: typeof name === 'string' ? name : dirname(path), manifest })
    } catch (error) {
      faults.push({
        package: dirname(path),
        fault: `its package.json is not JSON: ${(error as Error).message}`,
      })
    }
  }
  return { packages, faults }
}

function patterns(root: string): string[] {
  const manifest = parse(readFileSync(join(root, MANIFEST), 'utf8')) as { packages?: unknown } | null
  const globs = Array.isArray(manifest?.packages) ? manifest.packages.map(String) : []
  return globs.map((glob) => (glob.startsWith('!') ? glob : `${glob.replace(/\/$/, '')}/package.json`))
}
