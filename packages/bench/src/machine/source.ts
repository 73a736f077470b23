import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isInstalled, programRoot } from '../discover/roots.ts'

/** The commit of this program. If it is installed, the version of its package. */
export function programVersion(): { commit: string; dirty: boolean } {
  const root = programRoot()
  if (!isInstalled) return sourceVersion(root)
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  return { commit: `v${version}`, dirty: false }
}

/** The commit of the code at `folder`, and whether files differ from it. `unknown` outside a checkout. */
export function sourceVersion(folder: string): { commit: string; dirty: boolean } {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
    return { commit: git('rev-parse', 'HEAD'), dirty: git('status', '--porcelain') !== '' }
  } catch {
    return { commit: 'unknown', dirty: false }
  }
}
