import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { OctetError } from '@octet/core'
import { forkChild } from '../process/fork.ts'

/** The folder of the peers' package.json and lockfile. The peers are installed there, outside the workspace. */
export const PEERS_FOLDER: string = fileURLToPath(new URL('../../peers', import.meta.url))

const RUN = fileURLToPath(new URL('../../dist/process/run-child.js', import.meta.url))

/** The packages contain the binaries that run here. Install scripts would download others. */
const INSTALL = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']

/**
 * Installs the peers from their lockfile unless they are installed.
 * @throws OctetError if that fails: no network, no room, no npm.
 */
export async function installPeers(onStart: () => void, folder: string = PEERS_FOLDER): Promise<void> {
  if (installed(folder)) return
  const mend = `install them by hand: npm ci --ignore-scripts in ${folder}`
  onStart()
  const npm = forkChild(
    RUN,
    ['ignore', 'ignore', 'pipe'],
    { cwd: folder, env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' } },
    ['npm', ...INSTALL],
  )
  let said = ''
  npm.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text))
  const fault = await new Promise<string | undefined>((resolve) => {
    npm.once('error', ({ message }) => resolve(`npm does not start (${message})`))
    npm.once('close', (code) => resolve(code === 0 ? undefined : reasonIn(said)))
  })
  if (fault !== undefined) throw new OctetError(`the peers cannot be installed: ${fault}`, mend)
  if (!installed(folder)) throw new OctetError('the peers are not all there after npm ci', mend)
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version: string; readonly optional?: boolean }>>
}

/** Whether npm's record of an installation has every package of the lockfile. npm writes that record last. */
function installed(folder: string): boolean {
  try {
    const { packages: wanted } = lockAt(join(folder, 'package-lock.json'))
    const { packages: there } = lockAt(join(folder, 'node_modules', '.package-lock.json'))
    return Object.entries(wanted).every(
      ([path, { version, optional }]) => path === '' || optional === true || there[path]?.version === version,
    )
  } catch {
    return false
  }
}

function lockAt(path: string): Lock {
  return JSON.parse(readFileSync(path, 'utf8')) as Lock
}

/** The line of npm's errors that names the fault. */
function reasonIn(said: string): string {
  const lines = said
    .split('\n')
    .map((line) => line.replace(/^npm (error|ERR!)\s*/, '').trim())
    .filter((line) => line !== '' && !/^(code|errno|A complete log)/.test(line))
  return lines[0] ?? 'npm ci failed'
}
