import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PEERS_FOLDER } from '../install.ts'

/** Imports a package from the peers' own folder, which nothing else can see. */
export async function importPeer<T>(name: string): Promise<T> {
  const { resolve } = createRequire(join(PEERS_FOLDER, 'package.json'))
  const module = (await import(pathToFileURL(resolve(name)).href)) as T & { readonly default?: T }
  return module.default ?? module
}
