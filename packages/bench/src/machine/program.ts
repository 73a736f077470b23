import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { globSync } from 'tinyglobby'
import { isInstalled, programRoot } from '../discover/roots.ts'
import { packagesIn } from '../discover/workspace.ts'
import { digestOf } from '../store/digest.ts'

/** This package, by its npm name. */
const OWN = '@octet/cli'
/** The file of a checkout that decides the installed versions of other packages. */
const LOCKFILE = 'pnpm-lock.yaml'

/**
 * Digest of the built program: this package, the Octet packages that it depends on, some kernel packages by their
 * folders, and the versions of all other packages.
 */
export function programDigest(kernelFolders: readonly string[]): string {
  const root = programRoot()
  const { packages } = packagesIn([root])
  const own = packages.find(({ name }) => name === OWN)?.manifest['dependencies']
  const names = new Set([OWN, ...Object.keys(Object(own))])
  const isOurs = ({ name }: { readonly name: string }): boolean =>
    isInstalled ? name.startsWith('@octet/') : names.has(name)
  const ours = packages.filter((one) => isOurs(one) && one.manifest['octet'] === undefined)
  const folders = [...(isInstalled ? [root] : []), ...ours.map(({ folder }) => folder), ...kernelFolders]
  const lockfile = join(root, LOCKFILE)
  const others = packages
    .filter((one) => !isOurs(one))
    .map(({ name, manifest }) => `${name}@${String(manifest['version'])}`)
  const digests = folders.flatMap((folder) => builtFiles(join(folder, 'dist'))).map(digestOfFile)
  return digestOf([...digests, ...(existsSync(lockfile) ? [digestOfFile(lockfile)] : others)])
}

function digestOfFile(path: string): string {
  return digestOf(readFileSync(path))
}

function builtFiles(folder: string): string[] {
  return globSync(['**/*.{js,mjs,wasm}'], { cwd: folder, absolute: true }).toSorted()
}
