import { readFileSync, rmSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { Random } from '@octet/core/statistics'
import { type Cell, recommend, type Run } from '@octet/results'
import { describe, expect, test } from 'vitest'
import type { TimedProgram } from '../src/store/entry.ts'
import {
  type Fault,
  faultyWorkspace,
  onlyRunIn,
  resumeWith,
  sweepStopped,
  sweepWith,
} from './faulty-kernels.ts'
import { on } from './little-sweep.ts'
import type { Outcome } from './octet.ts'
import { read } from './session.ts'

/** Faults that end the sweep's process or stop it, and what is said of the package. */
const ENDS = {
  exit: 'ends the process (exit code 0)',
  abort: 'aborts the process',
  segfault: 'ends the process (SIGSEGV)',
  throw: 'throws outside of any call: a callback went wrong',
  reject: 'throws outside of any call: a promise went wrong',
  stall: 'waits for an event that can no longer happen',
  hang: 'was silent for 15 s and was stopped',
  block: 'was silent for 15 s and was stopped',
}

/** Faults that leave the process alive, and why the package's cells fail. */
const ANSWERS = {
  nan: /^outputs are not the reference's for evaluation sample \d+: 3 of 3 elements differ; element 0 is NaN/,
  scrambled: /^outputs are not the reference's for evaluation sample \d+: /,
  wrong: /^outputs are not the reference's for evaluation sample \d+: /,
  breaks: /^out of memory$/,
}

/**
 * A program's trial submits two batches, its evaluation one of zeros and then 8: with two programs this is in FP32's
 * sixth.
 */
const IN_BATCH_6 = '10'
/** Beyond any pause of a busy machine; hangs alone wait for it. */
const OCTET_PATIENCE_S = '15'

const LONG = process.env['OCTET_TESTS'] === 'long'
/**
 * The first tier has an end and a silence. The first fault that is drawn below refuses, and wrong-later.test.ts has
 * wrong answers.
 */
const FIRST = new Set(['exit', 'block'])
const tried = <T>(faults: Readonly<Record<string, T>>): [string, T][] =>
  Object.entries(faults).filter(([name]) => LONG || FIRST.has(name))
/** Draws of faults at any point of a sweep. */
const RUNS = Number(process.env['OCTET_FUZZ_RUNS'] ?? (LONG ? 40 : 1))

/** The fault's own line on stderr, of which there must be no other. */
function told({ stderr }: Outcome): string {
  const lines = stderr.split('\n').filter((line) => line.startsWith('octet: '))
  expect(lines, stderr).toHaveLength(1)
  expect(stderr).not.toMatch(/\n {4}at |node:internal/)
  return lines[0]
}

function finished(root: string): Run {
  return read(join(root, 'results', onlyRunIn(root)))
}

/**
 * What must hold of a finished run, whatever the package did: nothing is lost, it has no part in what is said, and
 * the other one has all.
 */
function expectHonest(run: Run, right: Run): void {
  expect(run.cells).toHaveLength(4)
  const figures = (cells: readonly Cell[]): unknown[] =>
    cells.map(({ key, task, fidelity }) => [key, task?.value, task?.loss, fidelity])
  expect(figures(on(run.cells, 'honest'))).toEqual(figures(on(right.cells, 'honest')))
  for (const { status, latency } of on(run.cells, 'honest')) {
    expect(['ok', 'unstable']).toContain(status)
    expect(latency).toBeDefined()
  }
  expect(recommend(run).choices[0].cell?.kernels).toBe('honest')
}

const clean = faultyWorkspace()
const { code } = await sweepWith(clean, { FAULT: 'none' })
expect(code).toBe(0)
const right = finished(clean)

describe.concurrent('a package that goes wrong after batch 5', () => {
  test.each(tried(ENDS))(
    'and does this: %s: ends the sweep with one line, and the rest is measured without it',
    async (name, how) => {
      const fault = { FAULT: name, FAULT_AFTER: IN_BATCH_6, OCTET_PATIENCE_S }
      const root = faultyWorkspace()
      const stopped = await sweepWith(root, fault)
      expect(stopped.code).toBe(1)
      expect(stopped.stdout).toBe('')
      const resume = `octet bench --resume ${join('results', onlyRunIn(root))}`
      const longer = ['hang', 'block'].includes(name) ? '; OCTET_PATIENCE_S gives it longer' : ''
      expect(told(stopped)).toBe(
        `octet: faulty/host ${how}, while it evaluated${longer}; the finished cells are kept: ${resume} ` +
          'goes on without faulty',
      )
      const before = readFileSync(join(root, 'results', onlyRunIn(root), 'journal.ndjson'), 'utf8')
      const resumed = await resumeWith(root, fault)
      expect(resumed.code, resumed.stderr).toBe(1)
      expect(resumed.stderr).toContain(`octet: faulty is left out: it ${how}, while it evaluated. `)
      const run = finished(root)
      expectHonest(run, right)
      for (const { status, reason } of on(run.cells, 'faulty'))
        expect([status, reason]).toEqual(['failed', `it ${how}, while it evaluated`])
      // An unstable program is timed twice: the later entry stands.
      const timings = new Map<string, TimedProgram>()
      for (const line of before.split('\n').filter((one) => one.startsWith('{"kind":"timing"'))) {
        const { timing } = JSON.parse(line) as { timing: TimedProgram }
        timings.set(`${timing.kernels} ${timing.program}`, timing)
      }
      expect(timings.size).toBe(4)
      for (const { kernels, latency: recorded } of timings.values()) {
        const kept = run.cells.some(({ latency }) => latency?.samples.join() === recorded.samples.join())
        expect(kept || kernels === 'faulty').toBe(true)
      }
    },
  )

  test.each(tried(ANSWERS))('and does this: %s: fails in its own cells alone', async (FAULT, reason) => {
    const root = faultyWorkspace()
    const { code, stdout } = await sweepWith(root, { FAULT, FAULT_AFTER: IN_BATCH_6 })
    expect(code).toBe(1)
    const run = finished(root)
    expectHonest(run, right)
    for (const cell of on(run.cells, 'faulty')) {
      expect(cell).toMatchObject({ status: 'failed', reason: expect.stringMatching(reason) as string })
      expect(cell.task?.device).toBe('honest/host')
    }
    expect(stdout).toContain('Recommendation: ')
  })
})

test.each(LONG ? (['SIGINT', 'SIGTERM', 'SIGHUP'] as const) : (['SIGTERM'] as const))(
  '%s stops a sweep though a package blocks it, and nothing is lost',
  async (signal) => {
    const root = faultyWorkspace()
    const timed = (journal: string): boolean => journal.split('{"kind":"timing"').length > 4
    const stopped = await sweepStopped(root, { FAULT: 'block', FAULT_AFTER: IN_BATCH_6 }, signal, timed)
    expect(stopped.code).toBe(128 + constants.signals[signal])
    const resume = `octet bench --resume ${join('results', onlyRunIn(root))}`
    expect(told(stopped)).toBe(`octet: stopped; the finished cells are kept: ${resume}`)
    const resumed = await resumeWith(root, { FAULT: 'none' })
    expect(resumed.code, resumed.stderr).toBe(0)
    const { cells } = finished(root)
    for (const { status, latency } of cells) {
      expect(['ok', 'unstable']).toContain(status)
      expect(latency).toBeDefined()
    }
    expect(cells).toHaveLength(4)
  },
)

test('a patience that is no time is refused', async () => {
  const { code, stderr } = await sweepWith(faultyWorkspace(), { FAULT: 'none', OCTET_PATIENCE_S: 'long' })
  expect([code, stderr]).toEqual([2, expect.stringMatching(/^octet: OCTET_PATIENCE_S is "long"[^\n]+\n$/)])
})

test(`${RUNS} packages that go wrong in a sweep: nothing is lost, and the other package is recommended`, async () => {
  const seed = 11
  const random = new Random(seed)
  const names = [...Object.keys(ENDS), ...Object.keys(ANSWERS)].filter(
    (name) => !['hang', 'block'].includes(name),
  )
  const root = faultyWorkspace()
  for (let i = 0; i < RUNS; i++) {
    const batches = random.below(2) === 0
    const fault: Fault = {
      FAULT: names[random.below(names.length)],
      FAULT_AFTER: String(random.below(batches ? 20 : 60)),
      FAULT_IN: batches ? 'batches' : 'samples',
      OCTET_PATIENCE_S,
    }
    const shown = `${i} of seed ${seed}: ${JSON.stringify(fault)}`
    rmSync(join(root, 'results'), { recursive: true, force: true })
    const first = await sweepWith(root, fault)
    expect(first.code, `${shown}\n${first.stderr}`).toBe(1)
    if (first.stdout === '') {
      expect(told(first), shown).toMatch(/^octet: faulty\/host .*octet bench --resume results\/\S+ goes on/)
      const resumed = await resumeWith(root, fault)
      expect(resumed.code, `${shown}\n${resumed.stderr}`).toBe(1)
    }
    const run = finished(root)
    expectHonest(run, right)
    expect(
      on(run.cells, 'faulty').some(({ status }) => status === 'failed'),
      shown,
    ).toBe(true)
  }
})
