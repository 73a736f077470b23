import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { median, Random } from '@octet/core/statistics'
import { describe, expect, test, vi } from 'vitest'
import { temporaryFolder } from './folder.ts'
import { refusal } from './session.ts'
import { compareBuilds, type OpenPair, type OpenSide } from '../src/against/compare-builds.ts'
import { changeIn, confirmed, PAIRS } from '../src/against/verdict.ts'
import { buildComparisonLines } from '../src/show/builds.ts'
import { buildAt, openBase } from '../src/against/build.ts'
import { duel } from '../src/against/duel.ts'
import { openPair } from '../src/against/processes.ts'
import type { Subject } from '../src/against/protocol.ts'
import { workspaceRoot } from '../src/discover/workspace.ts'
import { SILENT } from '../src/show/reporter.ts'

const EFFORT = { rounds: 15, regionNs: 3e6, budgetNs: 1e9 }
const KEYS = Array.from({ length: 10 }, (_, index) => `program ${index}`)

/** Noise as of a busy machine: each process has its own pace, and others lengthen turns, now and then by far. */
interface Noise {
  readonly process: number
  readonly turn: number
  readonly longTurns: number
}

const BUSY: Noise = { process: 0.02, turn: 0.1, longTurns: 0.1 }

/** Pairs of made processes whose programs take synthetic times, the head's longer by what is planted. */
function made(random: Random, noise: Noise, planted: (key: string) => number = () => 1) {
  let drift = 1
  const side = (factor: (key: string) => number): OpenSide => {
    const places = new Map(KEYS.map((key) => [key, Math.exp(noise.process * random.normal())]))
    return {
      entrants: KEYS.map((key) => ({ key, device: 'made/one', work: key })),
      left: [],
      load: async () => undefined,
      warmUp: async () => 4e6,
      turn: async (key) => {
        drift *= Math.exp(0.003 * random.normal())
        const long = random.uniform() < noise.longTurns ? 1 + 3 * random.uniform() : 1
        const other = 1 + noise.turn * Math.abs(random.normal())
        return 1e5 * factor(key) * places.get(key)! * drift * long * other
      },
      free: async () => undefined,
    }
  }
  return async (): Promise<OpenPair> => ({ base: side(() => 1), head: side(planted), close: () => undefined })
}

test('a build against itself raises one alarm at most in 20 times', async () => {
  let alarms = 0
  for (let seed = 0; seed < 20; seed++) {
    const { programs, holds } = await compareBuilds(made(new Random(seed), BUSY), EFFORT, SILENT)
    expect(programs).toHaveLength(KEYS.length)
    expect(holds).toBe(true)
    alarms += Number(programs.some(({ verdict }) => verdict !== 'same'))
  }
  expect(alarms).toBeLessThanOrEqual(1)
})

test('a slow-down of 10% in half of a program is found 20 times of 20, and a speed-up too', async () => {
  for (let seed = 0; seed < 20; seed++) {
    const open = made(new Random(100 + seed), { process: 0.01, turn: 0.03, longTurns: 0.2 }, (key) =>
      key === 'program 3' ? 1.05 : key === 'program 4' ? 1 / 1.1 : 1,
    )
    const { programs, holds } = await compareBuilds(open, EFFORT, SILENT)
    expect(programs.filter(({ verdict }) => verdict === 'slower').map(({ program }) => program)).toContain(
      'program 3',
    )
    expect(programs.filter(({ verdict }) => verdict === 'faster').map(({ program }) => program)).toContain(
      'program 4',
    )
    expect(holds).toBe(true)
  }
})

describe('a verdict', () => {
  const around = (centre: number): number[] =>
    Array.from({ length: PAIRS }, (_, i) => centre * (1 + (i - 4) / 1000))

  test('needs an interval without 1 and the least effect', () => {
    expect(changeIn(around(1.06)).verdict).toBe('faster')
    expect(changeIn(around(0.94)).verdict).toBe('slower')
    expect(changeIn(around(1.02)).verdict).toBe('same')
    const wide = around(1.06).map((ratio, i) => (i % 3 === 0 ? 0.9 : ratio))
    expect(median(wide)).toBeGreaterThan(1.05)
    expect(changeIn(wide).verdict).toBe('same')
  })

  test('counts only where fresh processes see it too, and has their figures', () => {
    expect(confirmed(around(1.2), around(1.06))).toMatchObject({ ratio: 1.06, verdict: 'faster' })
    expect(confirmed(around(1.2), around(1)).verdict).toBe('same')
    expect(confirmed(around(1.2), around(0.9)).verdict).toBe('same')
  })
})

test('what one build alone runs is named: lost by the head it fails, and nothing in common fails too', async () => {
  const open = made(new Random(1), BUSY)
  const without = async (side: 'base' | 'head', gone: (key: string) => boolean): Promise<OpenPair> => {
    const pair = await open()
    const entrants = pair[side].entrants.filter(({ key }) => !gone(key))
    return { ...pair, [side]: { ...pair[side], entrants } }
  }
  const lost = await compareBuilds(() => without('head', (key) => key === 'program 1'), EFFORT, SILENT)
  expect(lost.holds).toBe(false)
  expect(lost.notCompared).toEqual([{ program: 'program 1', reason: 'the head does not run it', lost: true }])
  const fresh = await compareBuilds(() => without('base', (key) => key === 'program 1'), EFFORT, SILENT)
  expect([fresh.holds, fresh.programs.length]).toEqual([true, KEYS.length - 1])
  const nothing = await compareBuilds(() => without('base', () => true), EFFORT, SILENT)
  expect(nothing.holds).toBe(false)
  const source = { commit: '0123456789abcdef', dirty: false }
  expect(buildComparisonLines({ ...nothing, base: source, head: source }).at(-1)).toMatch(
    /nothing was comparable/,
  )
})

test('a program that fails in a build is named with its side, and the others are compared', async () => {
  const open = made(new Random(1), BUSY)
  const failing = async (): Promise<OpenPair> => {
    const pair = await open()
    const turn = (key: string): Promise<number> =>
      key === 'program 2' ? Promise.reject(new Error('the device was lost')) : pair.head.turn(key)
    return { ...pair, head: { ...pair.head, turn } }
  }
  const { programs, notCompared, holds } = await compareBuilds(failing, EFFORT, SILENT)
  expect(programs).toHaveLength(KEYS.length - 1)
  expect(notCompared).toEqual([{ program: 'program 2', reason: 'head: the device was lost', lost: true }])
  expect(holds).toBe(false)
})

test('a program that ends its process takes no other program with it', async () => {
  const open = made(new Random(1), BUSY)
  const opened: boolean[] = []
  const crashing = async (): Promise<OpenPair> => {
    const pair = await open()
    const at = opened.push(true) - 1
    let isGone = false
    const turn = (key: string): Promise<number> => {
      isGone ||= key === 'program 2'
      return isGone ? Promise.reject(new Error('its process ended')) : pair.head.turn(key)
    }
    const load = (key: string): Promise<void> => (isGone ? turn(key) : pair.head.load(key)) as Promise<void>
    return { ...pair, head: { ...pair.head, load, turn }, close: () => void (opened[at] = false) }
  }
  const { programs, notCompared } = await compareBuilds(crashing, EFFORT, SILENT)
  expect(notCompared).toEqual([{ program: 'program 2', reason: 'head: its process ended', lost: true }])
  expect(programs).toHaveLength(KEYS.length - 1)
  expect(opened).toEqual(Array.from({ length: opened.length }, () => false))
  expect(opened.length % PAIRS).toBe(1)
})

test('progress begins again where changed programs are looked at again', async () => {
  const begun: number[] = []
  let done = 0
  const reporter = {
    ...SILENT,
    begin: (total: number) => {
      expect(done).toBe(begun.at(-1) ?? 0)
      begun.push(total)
      done = 0
    },
    advance: (units: number) => void (done += units),
  }
  const open = made(new Random(1), BUSY, (key) => (key === 'program 3' ? 2 : 1))
  await compareBuilds(open, EFFORT, reporter)
  expect(begun).toEqual([KEYS.length * PAIRS, PAIRS])
  expect(done).toBe(PAIRS)
})

test('programs that do the same work in both builds are timed once', async () => {
  const open = made(new Random(1), BUSY)
  const alike = async (): Promise<OpenPair> => {
    const pair = await open()
    const entrants = pair.head.entrants.map((one) => ({ ...one, work: 'one' }))
    const there = entrants.map((one) => ({ ...one, work: one.key === 'program 7' ? 'two' : 'one' }))
    return { ...pair, base: { ...pair.base, entrants: there }, head: { ...pair.head, entrants } }
  }
  const { programs } = await compareBuilds(alike, EFFORT, SILENT)
  expect(programs).toMatchObject([
    { program: 'program 0', shared: KEYS.length - 2 },
    { program: 'program 7', shared: 0 },
  ])
})

const GEMM: Subject = {
  kind: 'kernels',
  choice: { shape: 'gemm 128', precision: ['int8'], kernels: ['wasm'], adapter: '1 thread' },
}

test('two processes of this build take turns with a kernel', async () => {
  const build = buildAt(workspaceRoot())
  const pair = await openPair(build, build, GEMM, 1)
  try {
    const [{ key }] = pair.head.entrants
    expect(key).toMatch(/^Gemm int8 gemm 128x128x128 wasm\/wasm/)
    expect(pair.base.entrants).toEqual(pair.head.entrants)
    const ratio = await duel(key, pair, ['base', 'head'], { rounds: 3, regionNs: 1e5, budgetNs: 1e7 })
    expect(ratio).toBeGreaterThan(0)
    await expect(duel('no such kernel', pair, ['base', 'head'], EFFORT)).rejects.toThrow(
      /it has no no such kernel/,
    )
  } finally {
    pair.close()
  }
})

test.skipIf(process.platform === 'win32')(
  'a base that does not build says why, in the words of its compiler',
  async () => {
    const root = temporaryFolder()
    const git = (...args: string[]): string =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
        cwd: root,
        encoding: 'utf8',
      })
    git('init', '-q')
    git('commit', '-q', '--allow-empty', '-m', 'one')
    writeFileSync(join(root, 'package.json'), '{}')
    const lines = ['echo "$ tsc"', 'echo "src/a.ts(1,7): error TS2322: wrong"', 'echo "ERROR run failed" >&2']
    const script = `[ "$1" != -s ] || { ${lines.join('; ')}; exit 2; }`
    writeFileSync(join(root, 'pnpm'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    vi.stubEnv('PATH', `${root}:${process.env['PATH']}`)
    await expect(openBase('HEAD', root, SILENT)).rejects.toThrow(
      /^pnpm -s build fails in \S+ \(exit code 2\): src\/a\.ts\(1,7\): error TS2322: wrong$/,
    )
    vi.unstubAllEnvs()
    expect(git('worktree', 'list').trim().split('\n')).toHaveLength(1)
  },
)

test('what --against cannot compare with ends in one line', async () => {
  expect(await refusal('bench', '--against', 'no-such-commit')).toMatch(
    /--against no-such-commit: there is no such folder, and no such commit in .*\. name a commit/,
  )
  expect(await refusal('kernels', '--against', temporaryFolder())).toMatch(
    /is not a built checkout of octet\. /,
  )
  expect(await refusal('bench', '--against', '.', '--resume', 'run')).toMatch(/leave --resume out/)
  expect(await refusal('kernels', '--against', '.', '--peers')).toMatch(/leave --peers out/)
})
