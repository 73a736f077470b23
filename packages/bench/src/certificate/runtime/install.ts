import { fileURLToPath } from 'node:url'
import { installPeers } from '../../peers/install.ts'

/** The folder of the runtimes' package.json and lockfile. The runtimes are installed there, outside the workspace. */
export const RUNTIMES_FOLDER: string = fileURLToPath(new URL('../../../runtimes', import.meta.url))

/** Installs the runtimes from their lockfile unless they are installed. @throws OctetError if that fails. */
export function installRuntimes(onStart: () => void): Promise<void> {
  return installPeers(onStart, RUNTIMES_FOLDER)
}
