import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { OctetError } from '@octet/core'

/** The folder of an installed package: beside Octet's own packages, or in the project in which Octet was started. */
function folderOf(name: string): string | undefined {
  for (const from of [dirname(fileURLToPath(import.meta.url)), process.cwd()])
    for (let folder = from; ; folder = dirname(folder)) {
      const place = join(folder, 'node_modules', name)
      if (existsSync(join(place, 'package.json'))) return place
      if (folder === dirname(folder)) break
    }
  return undefined
}

/** Whether a data package is installed. */
export function hasDataPackage(name: string): boolean {
  return folderOf(name) !== undefined
}

/**
 * Reads a file of an installed data package, whether or not the package exports it.
 * @param path from the package's folder
 * @throws OctetError if the package or the file is missing.
 */
export async function readPackageFile(name: string, path: string): Promise<Buffer> {
  const folder = folderOf(name)
  if (folder === undefined)
    throw new OctetError(
      `data is missing: the package ${name} is not installed`,
      `npm install --save-dev ${name}`,
    )
  try {
    return await readFile(join(folder, path))
  } catch (error) {
    throw new OctetError(
      `data is missing: ${name} has no ${path} (${(error as NodeJS.ErrnoException).code})`,
      `install it again: npm install --save-dev ${name}`,
    )
  }
}
