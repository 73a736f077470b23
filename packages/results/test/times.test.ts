import { Random } from '@octet/core/statistics'
import { expect, test } from 'vitest'
import { type Cell, compareRuns, type Run } from '../src/index.ts'
import { floatCell, latency, sampleRun } from './sample.ts'

/** Times of a dozen programs on a device in one run, with the noise of a busy machine. */
interface Weather {
  /** Standard deviation of the logarithm of a run's time as a whole. */
  readonly machine: number
  /** The same of each program's. */
  readonly program: number
  /** By program: how much longer it takes. */
  readonly planted?: (program: number) => number
  /** Of the machine's part, the share that the reference sees. */
  readonly seen?: number
}

const PROGRAMS = 12

function made(id: string, random: Random, { machine, program, planted, seen }: Weather): Run {
  const shift = machine * random.normal()
  const cells = Array.from({ length: PROGRAMS }, (_, index): Cell => {
    const ns = 1e4 * (index + 1) * (planted?.(index) ?? 1) * Math.exp(shift + program * random.normal())
    const cell = floatCell({
      latency: {
        ...latency(ns),
        ci95: [0.99 * ns, 1.01 * ns],
        shared: { program: `p${index}`, with: 0 },
        ...(seen !== undefined && { reference: { ns: 1e6 * Math.exp(seen * shift), drift: 1 } }),
      },
    })
    return { ...cell, key: `program ${index}` }
  })
  const run = sampleRun(cells)
  return { ...run, run: { ...run.run, id, programHash: 'h', optionsHash: 'o' } }
}

function elsewhere(run: Run): Run {
  return { ...run, machine: { ...run.machine, cores: 64 } }
}

function rebuilt(run: Run, build: number): Run {
  return { ...run, run: { ...run.run, programHash: `${build}` } }
}

/** Of a run its first programs. */
function narrowed(run: Run, programs: number): Run {
  return { ...run, cells: run.cells.slice(0, programs) }
}

function alarms(before: Run, after: Run, history: readonly Run[]): string[] {
  return compareRuns(before, after, history)
    .differences.filter(({ figure }) => figure === 'latency')
    .map(({ key }) => key)
}

function several(count: number, random: Random, weather: Weather): Run[] {
  return Array.from({ length: count }, (_, index) => made(`run ${index}`, random, weather))
}

test.each([
  ['steady', { machine: 0.02, program: 0.01 }],
  ['busy', { machine: 0.1, program: 0.03 }],
  ['very busy', { machine: 0.3, program: 0.1 }],
  ['busy, and seen by the reference', { machine: 0.1, program: 0.03, seen: 1 }],
])('of 28 pairs of equal runs of a %s machine one raises an alarm at most', (_, weather) => {
  for (let seed = 1; seed <= 5; seed++) {
    const runs = several(8, new Random(seed), weather)
    const raised = runs.flatMap((before, i) =>
      runs.slice(i + 1).filter((after) => alarms(before, after, runs).length > 0),
    )
    expect(raised.length).toBeLessThanOrEqual(1)
  }
})

test.each([
  [
    'in one program of a busy machine',
    { machine: 0.1, program: 0.025 },
    (one: number) => (one === 3 ? 1.3 : 1),
  ],
  ['in all programs of a steady machine', { machine: 0.02, program: 0.01 }, () => 1.3],
  ['in all of a busy one that the reference sees', { machine: 0.1, program: 0.01, seen: 1 }, () => 1.3],
])('with a history of five runs a slow-down of 30%% %s is found 9 times of 10', (_, weather, planted) => {
  const random = new Random(7)
  let found = 0
  for (let trial = 0; trial < 40; trial++) {
    const history = several(5, random, weather)
    const before = made('before', random, weather)
    const after = made('after', random, { ...weather, planted })
    const wrong = alarms(before, after, history).filter((key) => planted(Number(key.split(' ')[1])) === 1)
    expect(wrong.length).toBeLessThanOrEqual(1)
    found += Number(alarms(before, after, history).includes('program 3'))
  }
  expect(found).toBeGreaterThanOrEqual(36)
})

test('times are not judged without a history of equal runs on this machine', () => {
  const random = new Random(1)
  const calm = { machine: 0.01, program: 0.01 }
  const [before, after] = several(2, random, calm)
  const slow = made('slow', random, { ...calm, planted: () => 3 })
  const alone = /^time of 12 cells on webgpu\/soft: one run each/
  for (const history of [
    [],
    [before, slow],
    several(5, random, calm).map(elsewhere),
    several(5, random, calm).map(rebuilt),
  ]) {
    const { judged, notJudged, holds } = compareRuns(before, slow, history)
    expect([judged.time, holds]).toEqual([0, true])
    expect(notJudged.join()).toMatch(alone)
  }
  const [one, two] = several(4, random, calm).slice(2)
  expect(compareRuns(before, after, [one, two]).notJudged.join()).toMatch(/fewer than three equal runs/)
})

test('time is a comment, never a gate, and needs 5%', () => {
  const random = new Random(3)
  const calm = { machine: 0.001, program: 0.001 }
  const history = several(6, random, calm)
  const before = made('before', random, calm)
  const at = (factor: number): Run => made('after', random, { ...calm, planted: () => factor })
  expect(compareRuns(before, at(1.03), history).differences).toEqual([])
  const { differences, judged, holds } = compareRuns(before, at(1.2), history)
  expect(differences).toHaveLength(PROGRAMS)
  expect(differences[0]).toMatchObject({ figure: 'latency', verdict: 'worse', gates: false })
  expect([judged.time, holds]).toEqual([PROGRAMS, true])
})

test('times of a machine whose speed changed while they were taken are not judged, and that is said', () => {
  const random = new Random(3)
  const calm = { machine: 0.01, program: 0.01, seen: 1 }
  const [before, after, ...history] = several(7, random, calm)
  const cells = after.cells.map((cell) => ({
    ...cell,
    latency: { ...cell.latency!, reference: { ns: 1e6, drift: 1.6 } },
  }))
  const { judged, notJudged } = compareRuns(before, { ...after, cells }, history)
  expect(judged.time).toBe(0)
  expect(notJudged).toEqual([
    "time of 12 cells: the machine's speed changed by more than 25% while they were timed",
  ])
})

/** Each program in two cells, which share its time. */
function shared(run: Run): Run {
  return { ...run, cells: run.cells.flatMap((cell) => [cell, { ...cell, key: `${cell.key}, again` }]) }
}

test('cells that share a program share its verdict, and equal runs raise no more alarms for them', () => {
  const busy = { machine: 0.1, program: 0.1 }
  for (let seed = 1; seed <= 5; seed++) {
    const runs = several(6, new Random(seed), busy).map(shared)
    const [before, after] = runs
    expect(alarms(before, after, runs)).toEqual([])
    expect(compareRuns(before, after, runs).judged.time).toBe(2 * PROGRAMS)
  }
  const random = new Random(1)
  const calm = { machine: 0.01, program: 0.01 }
  const [before, ...history] = several(7, random, calm).map(shared)
  const slow = shared(made('slow', random, { ...calm, planted: (program) => (program === 3 ? 2 : 1) }))
  expect(alarms(before, slow, history)).toEqual(['program 3', 'program 3, again'])
})

test.each([1, 2])(
  'a history of runs of %d programs has a band for these, whatever the runs compared have',
  (known) => {
    let raised = 0
    for (let seed = 1; seed <= 20; seed++) {
      const runs = several(10, new Random(seed), { machine: 0.1, program: 0.1 })
      const history = runs.slice(2).map((run) => narrowed(run, known))
      const { judged, notJudged } = compareRuns(runs[0], runs[1], history)
      expect(judged.time).toBe(known)
      expect(notJudged).toContain(
        `time of ${PROGRAMS - known} programs on webgpu/soft: the history has too few of them`,
      )
      raised += Number(alarms(runs[0], runs[1], history).length > 0)
    }
    expect(raised).toBeLessThanOrEqual(1)
  },
)

test('runs of one program take nothing from the noise that runs of several show', () => {
  let raised = 0
  for (let seed = 1; seed <= 40; seed++) {
    const runs = several(46, new Random(seed), { machine: 0.1, program: 0.1 })
    const narrow = runs.slice(6).map((run) => rebuilt(narrowed(run, 1), 1))
    raised += Number(alarms(runs[0], runs[1], [...runs.slice(2, 6), ...narrow]).length > 0)
  }
  expect(raised).toBeLessThanOrEqual(2)
})

test('times on a device that has another driver are not judged, and are no noise of this one', () => {
  const random = new Random(1)
  const calm = { machine: 0.01, program: 0.01 }
  const [before, ...history] = several(7, random, calm)
  const slow = made('slow', random, { ...calm, planted: () => 2 })
  expect(alarms(before, slow, history)).toHaveLength(PROGRAMS)
  const driven = (run: Run): Run => {
    const [device] = run.machine.adapters
    return { ...run, machine: { ...run.machine, adapters: [{ ...device, driver: '2.0' }] } }
  }
  expect(compareRuns(before, driven(slow), history)).toMatchObject({
    judged: { time: 0 },
    differences: [],
    notJudged: ['time of 12 cells on webgpu/soft: its driver is not the same (1.0, 2.0)'],
  })
  expect(compareRuns(before, slow, history.map(driven)).notJudged.join()).toMatch(/no history of equal runs/)
  expect(alarms(driven(before), driven(slow), history.map(driven))).toHaveLength(PROGRAMS)
})
