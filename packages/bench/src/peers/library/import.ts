import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PEERS_FOLDER } from '../install.ts'

/** Imports a package from the folder of the peers. No other package can see that folder. */
export async function importPeer<T>(name: string, folder: string = PEERS_FOLDER): Promise<T> {
  const { resolve } = createRequire(join(folder, 'package.json'))
  const module = (await import(pathToFileURL(resolve(name)).href)) as T & { readonly default?: T }
  return module.default ?? module
}
