import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type Layer, parseRun, type Run, SCHEMA } from '../src/index.ts'

/** The same small sweep, made by the code of two commits. Both wrote schema 1. */
const COMMITS = ['35651cf', 'b933726'] as const

/** Places that a figure of schema 1 has in the schema of today, where the place is another one: [before, now]. */
const MOVED: readonly (readonly [RegExp, string])[] = [
  [/^workloads\.(\d+)\.task$/, 'workloads.$1.description'],
  [/^workloads\.\d+\.metric$/, 'cells.0.task.metric'],
  [/^workloads\.(\d+)\.majorityShare$/, 'workloads.$1.baseline'],
  [/^workloads\.(\d+)\.recorded\.accuracy$/, 'workloads.$1.recorded.value'],
  [/^cells\.(\d+)\.accuracy\.drop$/, 'cells.$1.task.loss'],
  [/^cells\.(\d+)\.accuracy\./, 'cells.$1.task.'],
  [/^trainings\.(\d+)\.validations\.(\d+)\.accuracy$/, 'trainings.$1.validations.$2.value'],
]

function written(commit: (typeof COMMITS)[number]): unknown {
  return JSON.parse(readFileSync(new URL(`fixtures/run-${commit}.json`, import.meta.url), 'utf8'))
}

/** Every number, text and truth value in a JSON value, by path. */
function figuresOf(value: unknown, path = ''): (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null) return [[path, value]]
  return Object.entries(value).flatMap(([name, part]) =>
    figuresOf(part, path === '' ? name : `${path}.${name}`),
  )
}

test.each(COMMITS)('a run file of commit %s keeps every figure when it is read', (commit) => {
  const json = written(commit)
  const run = parseRun(json)
  expect(run.schema).toBe(SCHEMA)
  const now = new Map(figuresOf(run))
  const before = figuresOf(json).filter(([path]) => path !== 'schema')
  expect(before.length).toBeGreaterThan(1000)
  const placed = before.map(([path, value]) => {
    const moved = MOVED.find(([from]) => from.test(path))
    return [moved === undefined ? path : path.replace(...moved), value] as const
  })
  expect(placed.map(([path]) => [path, now.get(path)])).toEqual(placed)
})

test('the two commits gave the same figures, accounts of calibrated ranges aside', () => {
  const [before, after] = COMMITS.map((commit) => comparable(parseRun(written(commit))))
  expect(after).toEqual(before)
})

test('finer bins moved the accounts of calibrated ranges by less than 0.1 dB', () => {
  const [before, after] = COMMITS.map((commit) => accounts(parseRun(written(commit)).layers))
  expect(before.length).toBeGreaterThan(30)
  expect(after.length).toBe(before.length)
  for (const [i, { sqnrDb, saturated }] of after.entries()) {
    expect(Math.abs(sqnrDb - before[i].sqnrDb)).toBeLessThan(0.1)
    expect(Math.abs(saturated - before[i].saturated)).toBeLessThan(0.001)
  }
})

/** A run without times, digests and accounts of ranges. */
function comparable({ run, machine: _machine, cells, trainings, layers, ...rest }: Run): object {
  return {
    ...rest,
    seed: run.seed,
    cells: cells.map(({ latency, status: _s, reason: _r, ...cell }) => ({
      ...cell,
      program: latency?.shared.program,
    })),
    trainings: trainings?.map(({ seconds: _seconds, ...training }) => training),
    layers: layers.map(({ chosen, perCalibration, ...layer }) => ({
      ...layer,
      chosen: chosen?.calibration,
      ranges: Object.entries(perCalibration).map(([id, { lo, hi, scale, zeroPoint }]) => [
        id,
        lo,
        hi,
        scale,
        zeroPoint,
      ]),
    })),
  }
}

/** What each layer's histogram says of a range. */
function accounts(layers: readonly Layer[]): { sqnrDb: number; saturated: number }[] {
  return layers.flatMap(({ perCalibration, chosen }) => [
    ...Object.values(perCalibration).map(({ sqnrDb, saturated }) => ({
      sqnrDb: sqnrDb ?? Infinity,
      saturated,
    })),
    ...(chosen?.evidence ?? []).map(({ sqnrDb }) => ({ sqnrDb: sqnrDb ?? Infinity, saturated: 0 })),
  ])
}

test('what schema 1 says of a model of one output becomes the task without labels', () => {
  const json = written('b933726') as {
    readonly workloads: readonly object[]
    readonly cells: readonly object[]
  }
  const workloads = json.workloads.map((one) => ({ ...one, metric: 'output SQNR', majorityShare: undefined }))
  const cells = json.cells.map((one) => ({ ...one, accuracy: undefined }))
  const run = parseRun(JSON.parse(JSON.stringify({ ...json, workloads, cells })))
  expect(run.workloads.map(({ task, baseline }) => [task, baseline])).toContainEqual(['none', undefined])
  for (const { task } of run.cells) expect(task).toBeUndefined()
})

test('the finding of a model that is no better than a constant has the name of today', () => {
  const finding = { workload: 'w', severity: 'warning', tensor: null, value: 1, threshold: 2, verdict: 'v' }
  const findings = [
    { id: 'no-better-than-majority', ...finding },
    { id: 'clipping', ...finding },
  ]
  const run = parseRun({ ...(written('b933726') as object), findings })
  expect(run.findings?.map(({ id }) => id)).toEqual(['no-better-than-baseline', 'clipping'])
})

test('a file of schema 1 that is broken is refused by its first bad field', () => {
  const json = written('b933726') as object
  expect(() => parseRun({ ...json, cells: 'none' })).toThrow('at cells:')
  expect(() => parseRun({ ...json, cells: [{ accuracy: 1 }] })).toThrow('at cells.0')
  expect(() => parseRun({ ...json, workloads: null })).toThrow('at workloads:')
})
