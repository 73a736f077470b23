import { readFile } from 'node:fs/promises'
import { OctetError } from '@octet/core'

/**
 * Reads a file that ships inside an installed data package, whether or not the package exports it.
 * @param entry URL of the package's main module; throws where the package is missing
 * @param path relative to that module
 * @throws OctetError when the package or the file is missing.
 */
export async function readPackageFile(entry: () => string, path: string): Promise<Buffer> {
  try {
    return await readFile(new URL(path, entry()))
  } catch (error) {
    const [reason] = error instanceof Error ? error.message.split('\n') : ['unknown']
    throw new OctetError(`data is missing: ${reason}`, 'install the workspace again: pnpm install')
  }
}
