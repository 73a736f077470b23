import { expect, test } from 'vitest'
import { FAULTS } from '../ci/gate/faults.mjs'
import { type Change, judge } from '../ci/gate/judge.mjs'
import { verdictMarkdown } from '../ci/gate/markdown.mjs'
import { checkVerdict } from '../ci/gate/verdict.mjs'
import type { Cell, Run } from '../packages/results/dist/index.js'
import { int8Cell, sampleRun } from '../packages/results/test/sample.ts'

const COMMITS = ['a'.repeat(40), 'b'.repeat(40)] as const
const WEIGHT = { bundles: { '@octet/core': 100_000 }, names: { '@octet/core': ['function a(): void'] } }
const RACED = {
  programs: [
    { program: 'digits int8', device: 'wasm/cpu', ratio: 1, ci95: [0.99, 1.01], pairs: 9, verdict: 'same' },
  ],
  notCompared: [],
} as const
const CELLS = ['minmax', 'mse', 'entropy'].map((calibration) => int8Cell(0.01, 0.01, { calibration }))

function runOf(commit: string, cells: readonly Cell[]): Run {
  const run = sampleRun(cells)
  return { ...run, run: { ...run.run, commit } }
}

type Found = Parameters<typeof judge>[0]

function judged(cells: readonly Cell[], others: Partial<Found> = {}): ReturnType<typeof judge> {
  return judge({
    pull: 7,
    before: runOf(COMMITS[0], CELLS),
    after: runOf(COMMITS[1], cells),
    weights: [WEIGHT, WEIGHT],
    changesets: [],
    raced: RACED,
    ...others,
  })
}

test('equal builds pass', () => {
  expect(judged(CELLS)).toMatchObject({ holds: true, changes: [], faults: [], cells: 3, pull: 7 })
})

/** The gate's name for each planted fault; empty if the fault passes. */
const NAMED: Readonly<Record<string, Partial<Change>>> = {
  'one sample less that is right': { what: 'accuracy' },
  'one byte more': { what: 'weightBytes', before: '1100', after: '1101' },
  'one integer that differs': { what: 'outputs' },
  'a lost cell': { what: 'cell', after: 'missing' },
}

test.each(FAULTS)('$name: fails is $fails', ({ name, fails, plant }) => {
  const verdict = judged(plant(CELLS))
  expect(verdict.holds).toBe(!fails)
  expect(verdict.changes).toMatchObject(fails ? [{ ...NAMED[name], places: 1, fails }] : [])
  expect(/^### Octet: this change fails$/m.test(verdictMarkdown(verdict, 'https://example.org'))).toBe(fails)
})

test('a change that is shown to be slower fails nothing', () => {
  const [program] = RACED.programs
  const slower = { ...program, ratio: 0.9, ci95: [0.89, 0.91], verdict: 'slower' } as const
  const verdict = judged(CELLS, { raced: { ...RACED, programs: [program, slower] } })
  expect(verdict.holds).toBe(true)
  expect(verdict.times[0]).toEqual(slower)
  const words = verdictMarkdown(verdict, 'https://example.org')
  expect(words).toContain('1 slower, 0 faster, 1 without a difference')
  expect(words).toContain('| 0.900 | 0.890 to 0.910 | 9 | slower |')
})

test('a program that the head no longer runs fails', () => {
  const lost = { program: 'digits int8', reason: 'the head does not run it', lost: true }
  expect(judged(CELLS, { raced: { programs: [], notCompared: [lost] } })).toMatchObject({
    holds: false,
    changes: [{ what: 'program', fails: true }],
  })
})

test('a bundle may grow by a twentieth, or by 4096 bytes where that is more', () => {
  const of = (bytes: number): Partial<Found> => ({
    weights: [WEIGHT, { ...WEIGHT, bundles: { '@octet/core': bytes } }],
  })
  expect(judged(CELLS, of(105_000))).toMatchObject({
    holds: true,
    changes: [{ what: 'bundle', fails: false }],
  })
  expect(judged(CELLS, of(105_001))).toMatchObject({
    holds: false,
    changes: [{ what: 'bundle', fails: true }],
  })
  expect(judged(CELLS, of(90_000)).holds).toBe(true)
})

test('a public name that is gone or changed fails, unless a changeset names its package; a new one does not', () => {
  const of = (lines: string[], changesets: string[] = []): Partial<Found> => ({
    weights: [WEIGHT, { ...WEIGHT, names: { '@octet/core': lines } }],
    changesets,
  })
  expect(judged(CELLS, of(['function a(): number'])).holds).toBe(false)
  expect(judged(CELLS, of(['function a(): number'], ['@octet/core'])).holds).toBe(true)
  expect(judged(CELLS, of(['function a(): number'], ['@octet/train'])).holds).toBe(false)
  expect(judged(CELLS, of([...WEIGHT.names['@octet/core'], 'function b(): void'])).holds).toBe(true)
})

test('runs that have nothing in common fail', () => {
  expect(judged([]).holds).toBe(false)
})

test('a verdict passes its own check, even of very many changes with long names', () => {
  const many = Array.from({ length: 300 }, (_, i) => `function f${i}(${'x'.repeat(999)}): void`)
  const weights = [WEIGHT, { ...WEIGHT, names: { '@octet/core': many } }] as const
  const verdict = judged(CELLS, { weights })
  expect(verdict.changes).toHaveLength(40)
  expect(verdict.changes.at(-1)).toMatchObject({ what: 'more changes', places: 262 })
  expect(checkVerdict(JSON.parse(JSON.stringify(verdict)))).toEqual(verdict)
})
