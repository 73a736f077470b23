import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { OctetError } from '@octet/core'
import type { Run } from '@octet/results'
import { makeFolder, writeWhole } from '@octet/workloads'

const PLACE = /(<script id="octet-runs" type="application\/json">)[^<]*(<\/script>)/

/**
 * Writes the report on some runs as one self-contained page. It opens from disk and from any server.
 * @throws OctetError if the report is not built, or if the file cannot be written.
 */
export function writeReport(runs: readonly Run[], path: string): void {
  // In a script element only "<" can end the data early.
  const json = JSON.stringify(runs).replaceAll('<', String.raw`\u003c`)
  const page = template()
  if (!PLACE.test(page))
    throw new OctetError('the report template cannot hold runs', 'build it again: pnpm build')
  makeFolder(dirname(path))
  writeWhole(
    path,
    page.replace(PLACE, (_, open: string, close: string) => `${open}${json}${close}`),
  )
}

function template(): string {
  try {
    return readFileSync(fileURLToPath(import.meta.resolve('@octet/report/template.html')), 'utf8')
  } catch {
    throw new OctetError('the report is not built', 'build it: pnpm build')
  }
}
