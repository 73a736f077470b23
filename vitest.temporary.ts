import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

const PREFIX = 'octet-tests-'

/**
 * Gives a run of the tests, and every process that they start, one temporary folder of its own. It goes when the run
 * ends, with all that a failed or killed test left in it.
 */
export function setup(): (() => void) | undefined {
  // Vitest sets up each project, and the first has done it for all.
  if (basename(tmpdir()).startsWith(PREFIX)) return undefined
  const folder = mkdtempSync(join(realpathSync(tmpdir()), PREFIX))
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) process.env[name] = folder
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
