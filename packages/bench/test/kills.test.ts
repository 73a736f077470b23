import { spawn } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '@octet/core/statistics'
import type { Run } from '@octet/results'
import { beforeAll, describe, expect, test } from 'vitest'
import { octet, BIN } from './octet.ts'
import { read, setUp } from './session.ts'
import { timeless } from './timeless.ts'

/** The long tier has all kills. */
const KILLS = process.env['OCTET_TESTS'] === 'long' ? 20 : 1
const SEED = 11
/** Two devices, PTQ and QAT: cells of one configuration on two devices, trainings and their checkpoints. */
const SWEEP = [
  '--workload',
  'points,again',
  '--method',
  'ptq,qat',
  '--qat-steps',
  '150',
  '--calibration',
  'minmax,mse',
  '--kernels',
  'wasm,reference',
  '--quick',
  '--no-report',
]

/** Where a sweep is killed: so many ms after its journal has so many lines. */
interface Moment {
  readonly lines: number
  readonly ms: number
}

function linesIn(path: string): number {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0
}

function journalOf(cwd: string): string {
  const results = join(cwd, 'results')
  const [id] = existsSync(results) ? readdirSync(results) : []
  return join(results, id ?? 'none', 'journal.ndjson')
}

/** Runs a command line and kills it at a moment, as a power cut would; says whether the kill came before the end. */
async function killedAt({ lines, ms }: Moment, cwd: string, ...args: string[]): Promise<boolean> {
  const child = spawn(process.execPath, [BIN, ...args], { cwd, stdio: 'ignore' })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  while (linesIn(journalOf(cwd)) < lines && child.exitCode === null) await sleep(1)
  await sleep(ms)
  const before = child.exitCode === null
  child.kill('SIGKILL')
  await ended
  return before
}

/** A folder to run in, with two workloads that bring training samples. */
function place(): string {
  const cwd = setUp({ samples: 300, training: 300 })
  cpSync(join(cwd, 'points'), join(cwd, 'again'), { recursive: true })
  const manifest = join(cwd, 'again', 'manifest.json')
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"points"', '"again"'))
  return cwd
}

describe('a sweep that is killed and goes on', () => {
  let whole: Run
  let lines: number

  beforeAll(() => {
    const cwd = place()
    const { code, stderr } = octet(cwd, 'bench', ...SWEEP)
    expect(code, stderr).toBe(0)
    const journal = journalOf(cwd)
    whole = read(join(journal, '..'))
    lines = linesIn(journal)
  })

  test(`comes to the cells and numbers of a whole one, killed ${KILLS === 1 ? 'once' : `${KILLS} times`}`, async () => {
    const random = new Random(SEED)
    /** A moment between a number of lines and the last. */
    const moment = (from: number): Moment => ({
      lines: from + Math.floor(random.uniform() * (lines - from)),
      ms: Math.floor(random.uniform() * 60),
    })
    for (let kills = 0; kills < KILLS;) {
      const cwd = place()
      const journal = (): string => journalOf(cwd)
      let args = ['bench', ...SWEEP]
      for (let from = 1; from < lines && kills < KILLS; from = linesIn(journal()) + 1) {
        if (!(await killedAt(moment(from), cwd, ...args))) break
        kills++
        args = ['bench', '--resume', join(journal(), '..'), '--no-report']
      }
      const folder = join(journal(), '..')
      const { code, stderr } = octet(cwd, 'bench', '--resume', folder, '--no-report')
      expect(code, stderr).toBe(0)
      const run = read(folder)
      expect(timeless(run)).toEqual(timeless(whole))
      const leftOver = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      expect(leftOver.filter((name) => /\.partial$|lock|checkpoint/.test(name))).toEqual([])
    }
  })
})
