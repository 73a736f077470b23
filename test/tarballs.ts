import { execFileSync, spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Installs the tarballs, and from the registry all that they need, in an empty folder; returns the folder. */
export function installAll(tarballs: ReadonlyMap<string, string>, app: string): string {
  writeFileSync(join(app, 'package.json'), '{"private":true}')
  const flags = ['--no-audit', '--no-fund', '--loglevel', 'error']
  execFileSync('npm', ['install', ...flags, ...tarballs.values()], { cwd: app, stdio: 'pipe' })
  return app
}

/** Runs the command that a folder has installed. */
export function octetIn(app: string, ...args: string[]): SpawnSyncReturns<string> {
  return spawnSync(join(app, 'node_modules', '.bin', 'octet'), args, { cwd: app, encoding: 'utf8' })
}

/** The bytes of all files of a folder. */
export function bytesUnder(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
}

/** Writes float32 numbers between 0 and 1, each `step` further than the last, as a NumPy file (format 1.0). */
export function writeSamples(path: string, shape: readonly [number, number], step: number): void {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`.padEnd(117)
  const prefix = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, 118, 0])
  const numbers = Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => (i * step) % 1)
  writeFileSync(path, Buffer.concat([prefix, Buffer.from(`${header}\n`), Buffer.from(numbers.buffer)]))
}
