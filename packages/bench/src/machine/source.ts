import { execFileSync } from 'node:child_process'

/** The commit that the code at `folder` is at, and whether files there differ from it. `unknown` outside a checkout. */
export function sourceVersion(folder: string): { commit: string; dirty: boolean } {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
    return { commit: git('rev-parse', 'HEAD'), dirty: git('status', '--porcelain') !== '' }
  } catch {
    return { commit: 'unknown', dirty: false }
  }
}
