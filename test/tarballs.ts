import { execFileSync, spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

/** Runs npm in a folder, without its remarks. */
export function npmIn(folder: string, ...args: string[]): void {
  const flags = ['--no-audit', '--no-fund', '--loglevel', 'error']
  execFileSync('npm', [...args, ...flags], { cwd: folder, stdio: 'pipe' })
}

/** Installs the tarballs, and their dependencies from the registry, in an empty folder. Returns the folder. */
export function installAll(tarballs: ReadonlyMap<string, string>, app: string): string {
  writeFileSync(join(app, 'package.json'), '{"private":true}')
  npmIn(app, 'install', ...tarballs.values())
  return app
}

/**
 * The folder of a major version of Node: this process's own, or one from npm; otherwise the reason why there is none.
 */
export function nodeOf(major: number, into: string): { folder: string } | { missing: string } {
  if (process.versions.node.startsWith(`${major}.`)) return { folder: dirname(process.execPath) }
  // The packages that a script of the package `node` would install.
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  try {
    writeFileSync(join(into, 'package.json'), '{"private":true}')
    npmIn(into, 'install', `${name}@${major}`)
    const folder = join(into, 'node_modules', name, 'bin')
    const version = execFileSync(join(folder, 'node'), ['--version'], { encoding: 'utf8' })
    return version.startsWith(`v${major}.`) ? { folder } : { missing: `npm gave ${version.trim()}` }
  } catch (error) {
    return { missing: (error as Error).message }
  }
}

/** Runs a command line in a folder, with the Node of another folder. */
export function runIn(app: string, node: string, line: string): SpawnSyncReturns<string> {
  const env = { ...process.env, PATH: [node, process.env['PATH']].join(delimiter) }
  return spawnSync(line, { cwd: app, env, encoding: 'utf8', shell: true })
}

/** The total bytes of all files in a folder. */
export function bytesUnder(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
}
