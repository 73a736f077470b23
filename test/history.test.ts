import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { addRun, entriesOf, readEntry } from '../ci/history/history.mjs'
import { compareRuns, parseRun, type Run } from '../packages/results/dist/index.js'

const REAL = parseRun(JSON.parse(readFileSync('apps/report/test/fixtures/run.json', 'utf8')))

/** The run of a later day, with other times and another commit. */
function onDay(day: number): Run {
  const { run, cells, ...rest } = REAL
  const at = new Date(Date.UTC(2026, 0, 1 + day)).toISOString()
  return {
    ...rest,
    run: {
      ...run,
      id: `day-${day}`,
      startedAt: at,
      finishedAt: at,
      commit: day.toString(16).padStart(40, '0'),
    },
    cells: cells.map((cell) => {
      if (cell.latency === undefined) return cell
      const samples = cell.latency.samples.map((ns, i) => ns * (1 + ((i * 7919 + day * 104_729) % 997) / 1e4))
      return Object.assign(structuredClone(cell), { latency: { ...cell.latency, samples } })
    }),
  }
}

function filesOf(folder: string): string[] {
  return readdirSync(join(folder, 'runs'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.gz'),
  )
}

const temporary = (): string => mkdtempSync(join(tmpdir(), 'octet-history-'))

test('a history keeps each run once, oldest first, with all that a comparison reads', () => {
  const folder = temporary()
  const days = [2, 0, 1, 2].map(onDay)
  for (const run of days) addRun(folder, run)
  const entries = entriesOf(folder)
  expect(entries.map(({ id }) => id)).toEqual(['day-0', 'day-1', 'day-2'])
  expect(filesOf(folder)).toHaveLength(3)
  const [first, , last] = entries.map((entry) => readEntry(folder, entry))
  expect(Object.keys(last).toSorted()).toEqual(
    ['schema', 'run', 'machine', 'workloads', 'cells', 'layers', 'kernels'].toSorted(),
  )
  expect([last.layers, last.kernels]).toEqual([[], []])
  expect(last.cells).toEqual(days[0].cells)
  expect(compareRuns(first, last).compared).toBe(REAL.cells.length)
  expect(compareRuns(first, last).holds).toBe(true)
})

test('a year of daily runs of a real run file takes less than 50 MB, whatever the times are', () => {
  const folder = temporary()
  for (const day of [0, 1, 2, 3]) addRun(folder, onDay(day))
  const entries = entriesOf(folder)
  const largest = Math.max(...entries.map(({ bytes }) => bytes))
  expect(entries.map(({ digest }) => digest).filter((digest, i, all) => all.indexOf(digest) !== i)).toEqual(
    [],
  )
  const onDisk = filesOf(folder).reduce((sum, file) => sum + statSync(join(folder, 'runs', file)).size, 0)
  expect(onDisk).toBe(entries.reduce((sum, { bytes }) => sum + bytes, 0))
  const line = statSync(join(folder, 'index.json')).size / entries.length
  expect(365 * (largest + line)).toBeLessThan(50e6)
})

test('a file that is not what its name says is refused', () => {
  const folder = temporary()
  addRun(folder, onDay(0))
  const [file] = filesOf(folder)
  writeFileSync(join(folder, 'runs', file), gzipSync(JSON.stringify(onDay(1))))
  expect(() => readEntry(folder, entriesOf(folder)[0])).toThrow('day-0 does not have the content')
})

test.skipIf(process.platform === 'win32')('the branch of the history grows by runs and loses none', () => {
  const [remote, kept, other] = [temporary(), temporary(), temporary()]
  execFileSync('git', ['init', '-q', '--bare', remote])
  const push = (folder: string): number | null =>
    spawnSync('bash', ['ci/push-history', remote, folder], { stdio: 'pipe' }).status
  const pushed = (): string =>
    execFileSync('git', ['-C', remote, 'show', 'history:index.json'], { encoding: 'utf8' })
  addRun(kept, onDay(0))
  expect(push(kept)).toBe(0)
  const first = pushed()
  expect(push(kept)).toBe(0)
  addRun(kept, onDay(1))
  expect(push(kept)).toBe(0)
  expect([first, pushed()].map((index) => index.match(/day-\d/g))).toEqual([['day-0'], ['day-0', 'day-1']])
  addRun(other, onDay(2))
  expect(push(other)).toBe(1)
  expect(pushed()).not.toContain('day-2')
  const clone = join(temporary(), 'history')
  execFileSync('bash', ['ci/open-history', remote, clone])
  expect(entriesOf(clone).map((entry) => readEntry(clone, entry).run.id)).toEqual(['day-0', 'day-1'])
})
