import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ROOT } from '../octet.mjs'

/**
 * Packs every package of this built checkout that may be published.
 * @param {string} into an existing folder
 * @returns {ReadonlyMap<string, string>} the tarball of each package, by its name
 */
export function packAll(into) {
  const folders = ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(ROOT, group)).map((name) => join(ROOT, group, name)),
  )
  /** @type {Map<string, string>} */
  const tarballs = new Map()
  for (const folder of folders) {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    if (manifest.private) continue
    removeStale(folder)
    execFileSync(
      'bash',
      [join(ROOT, 'ci', 'pnpm'), '--dir', folder, 'pack', '--pack-destination', resolve(into)],
      { stdio: 'pipe' },
    )
    const file = `${manifest.name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`
    tarballs.set(manifest.name, join(resolve(into), file))
  }
  return tarballs
}

/** Removes the compiler's output for source files that no longer exist. */
function removeStale(/** @type {string} */ folder) {
  const dist = join(folder, 'dist')
  if (!existsSync(dist)) return
  for (const map of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    const stem = map.replace(/\.js\.map$/, '')
    if (stem === map || existsSync(join(folder, 'src', `${stem}.ts`))) continue
    for (const kind of ['.js', '.js.map', '.d.ts', '.d.ts.map'])
      rmSync(join(dist, stem + kind), { force: true })
  }
}
