import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

/**
 * The bytes of each package's built code, compressed as a server sends it, and the package's public names.
 * @typedef {{ bundles: Record<string, number>, names: Record<string, string[]> }} Weight
 */

/** The files that a reader of a package downloads. */
const BUNDLED = /\.(?:js|mjs|wasm|html)$/

/**
 * The weight of a built checkout.
 * @param {string} root
 * @returns {Weight}
 */
export function weigh(root) {
  const folders = ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => join(root, group, name)),
  )
  /** @type {Weight} */
  const weight = { bundles: {}, names: {} }
  for (const folder of folders.filter((one) => existsSync(join(one, 'package.json')))) {
    const { name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const dist = join(folder, 'dist')
    if (existsSync(dist)) weight.bundles[name] = bytesOf(dist)
    const api = join(folder, 'api.txt')
    if (existsSync(api))
      weight.names[name] = readFileSync(api, 'utf8')
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'))
  }
  return weight
}

/** Each file is compressed separately, so that the sum does not depend on the order of the files. */
function bytesOf(/** @type {string} */ dist) {
  return readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .map((file) => join(dist, file))
    .filter((file) => BUNDLED.test(file) && statSync(file).isFile())
    .reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0)
}

/**
 * The packages named in changesets of the head's checkout that the base's checkout does not have.
 * @param {string} base
 * @param {string} head
 */
export function announced(base, head) {
  const before = changesets(base)
  return [...changesets(head)].flatMap(([file, text]) =>
    before.get(file) === text
      ? []
      : [...text.matchAll(/^['"]?(@?[\w/-]+)['"]?: (?:major|minor|patch)$/gm)].map(([, name]) => name),
  )
}

/** @returns {Map<string, string>} */
function changesets(/** @type {string} */ root) {
  const folder = join(root, '.changeset')
  if (!existsSync(folder)) return new Map()
  const files = readdirSync(folder).filter((file) => file.endsWith('.md') && file !== 'README.md')
  return new Map(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]))
}
