import { existsSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { OctetError } from '@octet/core'
import { workspaceRoot } from './workspace.ts'

const MANIFEST = 'package.json'

/** The nearest folder at or above `from` with a package.json. */
function nearestPackage(from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, MANIFEST))) return folder
    if (folder === dirname(folder)) return undefined
  }
}

/** The folder of this package. */
const OWN: string = nearestPackage(dirname(fileURLToPath(import.meta.url)))!

/** Whether Octet is a dependency of a project. False in a checkout of its repository. */
export const isInstalled: boolean = OWN.split(sep).includes('node_modules')

/** The root of Octet's own code: the checkout, or the installed package. */
export function programRoot(): string {
  return isInstalled ? OWN : workspaceRoot()
}

/** The folders whose packages Octet uses: its own, then the project that it was started in. */
export function packageRoots(start: string = process.cwd()): readonly string[] {
  const project = nearestPackage(start)
  return [...new Set([programRoot(), ...(project === undefined ? [] : [project])])]
}

/**
 * The folder of the project in which Octet was started.
 * @throws OctetError if there is no such folder.
 */
export function projectRoot(start: string = process.cwd()): string {
  const project = nearestPackage(start)
  if (project === undefined)
    throw new OctetError(`there is no ${MANIFEST} at or above ${start}`, 'make one with npm init -y')
  return project
}
