import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'

const { devEngines } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  devEngines: { packageManager: { version: string } }
}

/** Removes what the compiler made of source files that are gone by now. */
function removeStale(folder: string): void {
  const dist = join(folder, 'dist')
  if (!existsSync(dist)) return
  for (const map of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    const stem = map.replace(/\.js\.map$/, '')
    if (stem === map || existsSync(join(folder, 'src', `${stem}.ts`))) continue
    for (const kind of ['.js', '.js.map', '.d.ts', '.d.ts.map'])
      rmSync(join(dist, stem + kind), { force: true })
  }
}

/** Packs every package that may be published into a folder; returns the tarball of each by its name. */
export function packAll(into: string): ReadonlyMap<string, string> {
  const pnpm = ['-y', `pnpm@${devEngines.packageManager.version}`]
  const folders = ['packages', 'apps'].flatMap((group) => readdirSync(group).map((name) => join(group, name)))
  const tarballs = new Map<string, string>()
  for (const folder of folders) {
    const { name, version, ...manifest } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      readonly name: string
      readonly version: string
      readonly private?: boolean
    }
    if (manifest.private) continue
    removeStale(folder)
    execFileSync('npx', [...pnpm, 'pack', '--pack-destination', resolve(into)], {
      cwd: folder,
      stdio: 'pipe',
    })
    tarballs.set(name, join(resolve(into), `${name.replace('@', '').replace('/', '-')}-${version}.tgz`))
  }
  return tarballs
}
