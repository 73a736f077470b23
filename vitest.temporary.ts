import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Gives a run of the tests, and every process that they start, one temporary folder of its own. It goes when the run
 * ends, with all that a failed or killed test left in it.
 */
export function setup(): () => void {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'octet-tests-'))
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) process.env[name] = folder
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
