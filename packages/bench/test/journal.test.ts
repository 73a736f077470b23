import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { OctetError } from '@octet/core'
import { SCHEMA } from '@octet/results'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { messageOf } from '../src/show/message.ts'
import type { Entry } from '../src/store/entry.ts'
import { Journal, readJournal } from '../src/store/journal.ts'
import { assembleRun, readRun, writeRun } from '../src/store/run-folder.ts'
import { temporaryFolder } from './folder.ts'

const START: Entry = {
  kind: 'run',
  schema: SCHEMA,
  run: {
    id: 'r',
    startedAt: '2025-01-02T03:04:05.000Z',
    commit: 'c',
    dirty: false,
    command: 'octet bench',
    seed: 1,
  },
  machine: { fingerprint: 'f', cpu: 'c', cores: 1, memoryBytes: 1, os: 'o', runtime: 'node', adapters: [] },
  options: {
    workloads: [{ source: 'points' }],
    precisions: ['fp32'],
    methods: ['ptq'],
    qat: { steps: 10, scales: 'observed' },
    calibrations: ['minmax'],
    weightBits: [8],
    wholeProduct: true,
    transforms: ['none'],
    granularities: ['per-tensor'],
    schemes: ['affine'],
    adapter: 'auto',
    samples: 1,
    seed: 1,
    quick: true,
    tuneMs: 0,
  },
}

function cell(key: string, reason = 'because'): Entry {
  const storage = { bits: 32, scheme: 'none', granularity: 'none' } as const
  return {
    kind: 'cell',
    cell: {
      key,
      workload: 'points',
      method: 'none',
      precision: 'fp32',
      weights: storage,
      activations: storage,
      calibration: 'none',
      kernels: 'k',
      adapter: 'a',
      status: 'skipped',
      reason,
      fallbackOps: [],
    },
  }
}

function written(...entries: Entry[]): string {
  const path = join(temporaryFolder(), 'journal.ndjson')
  const journal = new Journal(path)
  for (const entry of entries) journal.append(entry)
  journal.close()
  return path
}

test('what was appended is read back, and survives being opened again', () => {
  const path = written(START, cell('a'))
  const again = new Journal(path)
  again.append(cell('b'))
  again.close()
  expect(readJournal(path)).toEqual([START, cell('a'), cell('b')])
})

test('a journal that was begun in another schema is refused in one line', () => {
  const path = written(START)
  const { schema: _schema, ...start } = START
  for (const [begun, words] of [
    [start, 'schema 1'],
    [{ ...start, schema: 3 }, 'schema 3'],
  ] as const) {
    writeFileSync(path, `${JSON.stringify(begun)}\n`)
    expect(() => readJournal(path)).toThrow(`the run has ${words}, and this octet writes schema ${SCHEMA}`)
  }
})

test('wherever a journal is cut, every whole line before the cut is kept and appending goes on', () => {
  const path = written(START, cell('a'), cell('b'))
  const whole = readFileSync(path)
  const ends = [...whole.entries()].flatMap(([at, byte]) => (byte === 0x0a ? at + 1 : []))
  fc.assert(
    fc.property(fc.integer({ min: ends[0], max: whole.length }), (cut) => {
      writeFileSync(path, whole.subarray(0, cut))
      const kept = [START, cell('a'), cell('b')].slice(0, ends.filter((end) => end <= cut).length)
      expect(readJournal(path)).toEqual(kept)
      const journal = new Journal(path)
      journal.append(cell('c'))
      journal.close()
      expect(readJournal(path)).toEqual([...kept, cell('c')])
    }),
    { numRuns: 40 },
  )
})

test('a damaged line is named by its number', () => {
  const path = written(START, cell('a'))
  appendFileSync(path, 'not json\n{"kind":"cell","cell":{}}\n')
  expect(() => readJournal(path)).toThrow(`${path} line 3 is not JSON`)
  writeFileSync(path, '{"kind":"cell","cell":{"method":"none","key":""}}\n')
  expect(() => readJournal(path)).toThrow(/line 1 is not valid at cell.key/)
})

test('a run is what its journal adds up to: a cell measured again stands for the earlier one', () => {
  const run = assembleRun([START, cell('a', 'first'), cell('b'), cell('a', 'second')], new Date(0))
  expect(run.cells.map(({ key, reason }) => [key, reason])).toEqual([
    ['a', 'second'],
    ['b', 'because'],
  ])
  expect(run.run.finishedAt).toBe('1970-01-01T00:00:00.000Z')
  const folder = temporaryFolder()
  expect(readRun(writeRun(folder, run))).toEqual(run)
  expect(readRun(folder)).toEqual(run)
})

test('a journal without its start is no run', () => {
  expect(() => assembleRun([cell('a')], new Date())).toThrow(OctetError)
})

test('what would not be read again is not written: journal and run stand as they were', () => {
  const path = written(START, cell('a'))
  const before = readFileSync(path)
  const journal = new Journal(path)
  expect(() => journal.append(cell('b', ''))).toThrow(/to be recorded \(cell\) is not valid at cell\.reason/)
  expect(readFileSync(path)).toEqual(before)
  journal.append(cell('b'))
  journal.close()
  expect(readJournal(path)).toHaveLength(3)

  const folder = temporaryFolder()
  const run = assembleRun([START, cell('a')], new Date(0))
  const file = writeRun(folder, run)
  const spoilt = { ...run, cells: run.cells.map((one) => ({ ...one, reason: '' })) }
  expect(() => writeRun(folder, spoilt)).toThrow(`${file}: the results file is not valid at cells.0.reason`)
  expect(readRun(folder)).toEqual(run)
  expect(readdirSync(folder)).toEqual(['run.json'])
})

test('parts that killed processes left of a file go when it is written again; those of living ones stay', () => {
  const folder = temporaryFolder()
  const run = assembleRun([START, cell('a')], new Date(0))
  // No process has the first id; the parent of this one has the second.
  for (const name of [
    'run.json.4194305.partial',
    `run.json.${process.ppid}.partial`,
    'other.4194305.partial',
  ])
    writeFileSync(join(folder, name), '{')
  writeRun(folder, run)
  expect(readdirSync(folder).toSorted()).toEqual([
    'other.4194305.partial',
    'run.json',
    `run.json.${process.ppid}.partial`,
  ])
})

test('whatever is thrown has words', () => {
  fc.assert(
    fc.property(fc.anything(), fc.string(), (thrown, message) => {
      for (const error of [thrown, new Error(message), new OctetError(message), { message }])
        expect(messageOf(error)).toMatch(/\S/)
    }),
  )
})
