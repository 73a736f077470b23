import { TASKS } from '@octet/core'
import { BOARD_IDS, onBoard, type Run } from '@octet/results'
import { expect, test } from 'vitest'
import { bytes, duration, nanoseconds, percent, signed } from '../src/show/number.ts'
import { quietened, StreamReporter } from '../src/show/reporter.ts'
import { render } from '../src/show/rows.ts'
import { cellTables } from '../src/show/table.ts'
import { cell, run } from './made-run.ts'

test('numbers have the unit that leaves three digits', () => {
  expect([950, 1500, 12_345_678, 2.5e9].map(nanoseconds)).toEqual(['950 ns', '1.50 µs', '12.3 ms', '2.50 s'])
  expect([12, 1234, 56_789_000].map(bytes)).toEqual(['12 B', '1.23 kB', '56.8 MB'])
  expect([0, 59_001, 61_000, 3_600_000].map(duration)).toEqual(['0 s', '1:00', '1:01', '60:00'])
  expect(percent(0.98765)).toBe('98.77%')
  expect([0.012, -0.005, -0.00001].map((loss) => signed(loss, TASKS.classification.loss))).toEqual([
    '+1.20',
    '-0.50',
    '0.00',
  ])
})

function watch(
  isTTY: boolean,
  env: Readonly<Record<string, string>> = {},
): { written: string[]; reporter: StreamReporter; pass: (ms: number) => void } {
  const written: string[] = []
  let now = 0
  const stream = { isTTY, columns: 30, write: (text: string) => written.push(text) > 0 }
  const reporter = new StreamReporter(stream, { now: () => now, env })
  return { written, reporter, pass: (ms) => (now += ms) }
}

test('a terminal has one line that is rewritten and cut to its width, with the time left', () => {
  const { written, reporter, pass } = watch(true)
  reporter.begin(10)
  reporter.stage('a label that is longer than the terminal')
  pass(2000)
  reporter.advance(4)
  reporter.end()
  expect(written).toEqual([
    '\r\u001B[Ka label that is longer than t',
    '\r\u001B[K40%, 3 s left  a label that i',
    '\r\u001B[K',
  ])
})

test('elsewhere there are plain lines, not more than one in five seconds', () => {
  const { written, reporter, pass } = watch(false)
  reporter.begin(10)
  for (let i = 0; i < 10; i++) {
    reporter.stage(`step ${i}`)
    pass(1000)
    reporter.advance(1)
  }
  reporter.end()
  expect(written).toEqual(['step 0\n', '50%, 5 s left  step 4\n', '100%, 0 s left  step 9\n'])
})

test.each([{ TERM: 'dumb' }, { NO_COLOR: '1' }])('a terminal with %o has the same plain lines', (env) => {
  const { written, reporter, pass } = watch(true, env)
  reporter.begin(2)
  reporter.stage('a label that is longer than the terminal')
  pass(6000)
  reporter.advance(1)
  reporter.log('a warning')
  reporter.end()
  expect(written).toEqual([
    'a label that is longer than the terminal\n',
    '50%, 6 s left  a label that is longer than the terminal\n',
    'octet: a warning\n',
  ])
})

test('a quiet reporter passes warnings on, and nothing of the progress', () => {
  const { written, reporter, pass } = watch(false)
  const quiet = quietened(reporter)
  quiet.begin(2)
  quiet.stage('at work')
  pass(6000)
  quiet.advance(1)
  quiet.note('running on a device')
  quiet.log('a device is left out')
  for (const text of ['a notice', 'a notice']) quiet.warn(text)
  quiet.end()
  expect(written).toEqual(['octet: a device is left out\n', 'octet: a notice\n'])
})

test('work that begins again counts from none', () => {
  const { written, reporter, pass } = watch(false)
  reporter.stage('both')
  for (const total of [4, 2]) {
    reporter.begin(total)
    pass(6000)
    reporter.advance(total / 2)
  }
  expect(written).toEqual(['50%, 6 s left  both\n', '50%, 6 s left  both\n'])
})

test('a notice of a kernel package is said once a text, however often the package gives it', () => {
  const { written, reporter } = watch(false)
  for (const text of ['the cache cannot be read', 'another', 'the cache cannot be read']) reporter.warn(text)
  expect(written).toEqual(['octet: the cache cannot be read\n', 'octet: another\n'])
})

test('what files and packages call things is shown inert: in progress, in tables, on one line each', () => {
  const { written, reporter } = watch(true)
  reporter.stage('\u001B[2Jopening\r\u202E')
  expect(written).toEqual([String.raw`${'\r\u001B[K'}\u{1b}[2Jopening\r\u{202e}`.slice(0, 33)])
  const rows = render([['layer', 'left', (name: string) => name]], ['a\nb\u001B[1m', 'x'.repeat(5000)])
  expect(rows).not.toContain('\u001B')
  expect(rows.split('\n')).toHaveLength(3)
  expect(Math.max(...rows.split('\n').map(({ length }) => length))).toBeLessThan(160)
})

test('failed cells come first, then skipped ones, in the order of tables and within each', () => {
  const failed = { status: 'failed', reason: 'it broke' } as const
  const cells = [
    cell(),
    cell({ kernels: 'other' }),
    cell({ kernels: 'absent', adapter: 'none', status: 'skipped', reason: 'no adapter' }),
    cell({ kernels: 'other', calibration: 'mse', ...failed }),
  ]
  const tables = cellTables(run('r', cells)).split('\n\n')
  expect(tables.map((table) => table.split('\n')[0])).toEqual([
    'digits on other/a',
    'digits on absent/none',
    'digits on k/a',
  ])
  expect(tables[0].split('\n')[2]).toMatch(/^INT8, per-channel weights, mse .* failed$/)
})

const WORKLOAD: Run['workloads'][number] = {
  id: 'digits',
  title: 'Digits',
  description: 'which digit it is',
  task: 'classification',
  classes: ['0', '1'],
  macs: 2_656_768,
  licence: 'MIT',
  source: 'somewhere',
  notes: [],
  calibrationSamples: 10,
  evaluationSamples: { used: 1000, available: 1000 },
}

test('a table says modelled beside each energy of a board, and what the figure stands on', () => {
  const measured = { ...run('r', [cell({ adapter: 'a' })]), workloads: [WORKLOAD] }
  for (const board of BOARD_IDS) {
    const text = cellTables(onBoard(measured, board))
    expect(text).toMatch(/[\d.]+ [mµ]J modelled for [\w ]+ \([\d.]+ [mµ]J to [\d.]+ [mµ]J\)/)
    expect(text).toMatch(
      /is modelled, not measured: [\d.]+ pJ modelled a multiply-add, which stands on (three|four) models/,
    )
    const others = text.replaceAll(/[\d.]+ (?:[mµ]J modelled for [\w ]+\([^)]*\)|pJ modelled)/g, '')
    expect(others).not.toMatch(/\d [mµnp]?J\b/)
  }
  expect(cellTables(measured)).not.toContain('modelled')
})
