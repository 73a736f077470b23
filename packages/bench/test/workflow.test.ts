import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseRun, type Run } from '@octet/results'
import { expect, test } from 'vitest'
import { onlyRun, read, setUp } from './session.ts'

/** A script of the folder ci, and how it is run. */
function ci(program: 'bash' | 'node', script: string): readonly [string, string] {
  return [
    program === 'node' ? process.execPath : program,
    fileURLToPath(new URL(`../../../ci/${script}`, import.meta.url)),
  ]
}

function play(cwd: string, [program, script]: readonly [string, string], ...args: string[]): string {
  const narrow =
    '--workload points --quick --kernels reference --precision fp32,int8 --calibration minmax --granularity per-tensor'
  const { status, stdout, stderr } = spawnSync(program, [script, ...args], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, OCTET_SWEEP: narrow },
  })
  expect([script, status, status === 0 ? '' : stderr]).toEqual([script, 0, ''])
  return stdout
}

function merged(cwd: string, folder: string): Run[] {
  const runs = join(cwd, folder, 'runs')
  return readdirSync(runs).map((name) => parseRun(JSON.parse(readFileSync(join(runs, name), 'utf8'))))
}

const LONG = process.env['OCTET_TESTS'] === 'long'

test.skipIf(!LONG || process.platform === 'win32')(
  'the scripts of the workflow measure shards and join them; shards of two machines stay apart, and nothing is lost',
  () => {
    const cwd = setUp()
    for (const shard of ['1', '2']) play(cwd, ci('bash', 'sweep'), `${shard}/2`, join('shards', shard))
    play(cwd, ci('node', 'merge.mjs'), 'shards', 'joined')
    const [whole, ...others] = merged(cwd, 'joined')
    expect(others).toEqual([])
    expect(whole.run.shard).toBeUndefined()
    const parts = ['1', '2'].map((shard) => read(onlyRun(cwd, join('shards', shard))))
    expect(whole.cells.map(({ key }) => key).toSorted()).toEqual(
      parts.flatMap(({ cells }) => cells.map(({ key }) => key)).toSorted(),
    )
    expect(whole.cells.length).toBeGreaterThan(1)
    expect(readFileSync(join(cwd, 'joined/site/index.html'), 'utf8')).toContain(whole.run.id)

    const { machine, ...rest } = parts[1]
    const elsewhere = { ...rest, machine: { ...machine, cpu: 'another CPU' } }
    writeFileSync(join(onlyRun(cwd, 'shards/2'), 'run.json'), JSON.stringify(elsewhere))
    mkdirSync(join(cwd, 'apart'))
    expect(play(cwd, ci('node', 'merge.mjs'), 'shards', 'apart')).toContain('different kinds of machine')
    expect(merged(cwd, 'apart').map(({ machine: { cpu } }) => cpu)).toContain('another CPU')
    expect(merged(cwd, 'apart')).toHaveLength(2)
  },
)
