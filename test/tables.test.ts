import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
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

interface Data {
  readonly columns: readonly { readonly name: string }[]
  readonly rows: readonly (readonly string[])[]
}

/** The smallest workload. Its figures do not depend on the machine, and take seconds. */
const WORKLOAD = 'weather-mlp'
const dataOf = (name: string): Data => JSON.parse(readFileSync(`docs/data/${name}.json`, 'utf8')) as Data

/** What a program of the repository prints, in a folder without earlier results. */
function outputOf(...args: string[]): string {
  const [program, ...rest] = args
  const { status, stdout, stderr } = spawnSync(process.execPath, [resolve(program), ...rest], {
    cwd: mkdtempSync(join(tmpdir(), 'octet-tables-')),
    encoding: 'utf8',
  })
  expect(status, stderr).toBe(0)
  return stdout
}

test('the orderings of the smallest workload are as in the data when measured again', () => {
  const { columns, rows } = dataOf('orderings')
  const column = columns.findIndex(({ name }) => name === WORKLOAD)
  const listed = rows.slice(1).map(([method, ...figures]) => `${method} | ${figures[column - 1]}`)
  const measured = outputOf('packages/bench/experiments/orderings.mjs', '1000', WORKLOAD)
    .trim()
    .split('\n')
    .map((line) => line.replace(/^\S+ \| /, '').replace(/, \d+ samples/, ''))
  expect(measured).toEqual(listed)
})

test('the calibration sizes of the smallest workload are as in the data when measured again', () => {
  const { columns, rows } = dataOf('calibration-sizes')
  const sizes = columns.slice(2).map(({ name }) => /\d+/.exec(name)![0])
  const strategies = rows.flatMap(([name]) => (name.startsWith(WORKLOAD) ? [name.split(', ')[1]] : []))
  const printed = outputOf(
    'packages/bench/dist/bin.js',
    'calibrate',
    WORKLOAD,
    '--quiet',
    '--calibration',
    strategies.join(','),
  )
  expect(strategies.length).toBeGreaterThan(3)
  for (const strategy of strategies) {
    const first = rows.findIndex(([name]) => name === `${WORKLOAD}, ${strategy}`)
    for (const [i, size] of sizes.entries()) {
      const [, sqnr, drop] =
        new RegExp(`^${strategy} +${size} +(\\S.*\\S) {2,}(\\S.*)$`, 'm').exec(printed) ?? []
      expect([strategy, size, sqnr, drop]).toEqual([
        strategy,
        size,
        rows[first][i + 2],
        rows[first + 1][i + 2],
      ])
    }
  }
})
