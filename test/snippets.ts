import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A program on a page, and the output that the page shows after it. */
export interface Snippet {
  readonly code: string
  readonly output: string | undefined
}

/** The JavaScript programs of a page, in order. */
export function snippetsOf(page: string): Snippet[] {
  const text = readFileSync(page, 'utf8')
  return Array.from(
    text.matchAll(/^```js\n([^]*?)^```\n(?:\s*It prints:\s*^```text\n([^]*?)^```)?/gm),
    ([, code, output]) => ({
      code,
      output,
    }),
  )
}

/** Runs a program as a module of a folder's package. Returns its output, or throws with its errors. */
export function printed(code: string, folder: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd: folder,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`a program of ${join(folder, 'README.md')} exits ${status}: ${stderr}`)
  return stdout
}
