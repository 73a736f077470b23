import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { globSync } from 'tinyglobby'
import { workspacePackages } from '../discover/workspace.ts'
import { digestOf } from '../store/digest.ts'

/** This package, by its npm name. */
const OWN = '@octet/cli'
/** The files that decide the installed versions of other packages. */
const LOCKFILE = 'pnpm-lock.yaml'

/**
 * Digest of the built program at `root`: this package, those of the workspace that it depends on, some kernel
 * packages, and the versions of all others.
 */
export function programDigest(root: string, kernelPackages: readonly string[]): string {
  const { packages } = workspacePackages(root)
  const own = packages.find(({ name }) => name === OWN)?.manifest['dependencies']
  const names = new Set([OWN, ...Object.keys(own ?? {}), ...kernelPackages])
  const files = packages
    .filter(({ name }) => names.has(name))
    .flatMap(({ folder }) => builtFiles(join(folder, 'dist')))
  const lockfile = join(root, LOCKFILE)
  const paths = existsSync(lockfile) ? [...files, lockfile] : files
  return digestOf(paths.map((path) => digestOf(readFileSync(path))))
}

function builtFiles(folder: string): string[] {
  return globSync(['**/*.{js,mjs,wasm}'], { cwd: folder, absolute: true }).toSorted()
}
