import { fileURLToPath } from 'node:url'
import { installPeers } from '../../peers/install.ts'

/** Where the runtimes' package.json and lockfile are, and where they are installed: no package of the workspace. */
export const RUNTIMES_FOLDER: string = fileURLToPath(new URL('../../../runtimes', import.meta.url))

/** Installs the runtimes as their lockfile has them, unless they are there. @throws OctetError when that fails. */
export function installRuntimes(onStart: () => void): Promise<void> {
  return installPeers(onStart, RUNTIMES_FOLDER)
}
