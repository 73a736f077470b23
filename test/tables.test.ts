import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/** A table where more than this share of the cells begins with a number is a table of figures. */
const FIGURES = 0.2

/** Tables that have numbers and no measurement, by the head of their first column, with the reason. */
const NO_MEASUREMENT: Readonly<Record<string, string>> = {
  'docs/architecture.md: file': 'lines of a diff that is shown as an example',
  'docs/certificates.md: exit code': 'exit codes are names',
  'docs/energy.md: process': 'published constants, with their sources',
}

test('docs show the tables of their data', () => {
  const { status, stderr } = spawnSync(process.execPath, ['docs/fill-tables.mjs', '--check'], {
    encoding: 'utf8',
  })
  expect(status, stderr).toBe(0)
})

test('every table of figures in a page comes from data', () => {
  const pages = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], { encoding: 'utf8' })
  const unnamed = new Set(Object.keys(NO_MEASUREMENT))
  const typed: string[] = []
  for (const page of pages.trim().split('\n')) {
    const text = readFileSync(page, 'utf8').replace(/^<!-- (table|list|fields): [^]*?^<!-- end -->$/gm, '')
    for (const [table] of text.matchAll(/(^\|.*\n)+/gm)) {
      const [head, , ...rows] = table
        .trim()
        .split('\n')
        .map((row) => row.replace(/^\||\|$/g, '').split('|'))
      const cells = rows.flat().map((cell) => cell.trim())
      const figures = cells.filter((cell) => /^[-+<>~]?\d/.test(cell))
      if (figures.length <= cells.length * FIGURES) continue
      const name = `${page}: ${head[0].trim()}`
      if (Object.hasOwn(NO_MEASUREMENT, name)) unnamed.delete(name)
      else typed.push(name)
    }
  }
  expect(typed).toEqual([])
  expect([...unnamed]).toEqual([])
})
