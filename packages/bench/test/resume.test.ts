import { spawn } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { tensor } from '@octet/core'
import { exportOnnx } from '@octet/onnx'
import { formatNpy } from '@octet/workloads'
import { beforeAll, describe, expect, test } from 'vitest'
import { identityOf } from '../src/process/identity.ts'
import { lockFolder } from '../src/store/lock.ts'
import { GRAPH, temporaryFolder } from './folder.ts'
import { BIN } from './octet.ts'
import { inProcess, onlyRun, read, refusal, REFERENCE, setUp } from './session.ts'

const NARROW = [
  '--precision',
  'fp32,int8',
  '--calibration',
  'minmax',
  '--granularity',
  'per-channel',
  '--quick',
]

/** A folder with a run that was cut off before its last cell. */
let begun: string

beforeAll(async () => {
  begun = setUp({ training: 300 })
  const places = ['--workload', join(begun, 'points'), '--out', join(begun, 'results')]
  const { code } = await inProcess('bench', ...places, ...NARROW, ...REFERENCE)
  expect(code).toBe(0)
  rewrite(begun, (lines) => lines.slice(0, -1))
})

/** Changes the lines of the journal of the only run there. */
function rewrite(cwd: string, change: (lines: string[]) => string[]): void {
  const path = join(onlyRun(cwd), 'journal.ndjson')
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  writeFileSync(
    path,
    change(lines)
      .map((line) => `${line}\n`)
      .join(''),
  )
}

/** The same run, in a folder of its own where its workload is; the journal names that by its path. */
function copy(): { cwd: string; folder: string } {
  const cwd = temporaryFolder()
  cpSync(begun, cwd, { recursive: true })
  rewrite(cwd, ([start, ...rest]) => [start.replaceAll(begun, cwd), ...rest])
  return { cwd, folder: onlyRun(cwd) }
}

describe('octet bench --resume', () => {
  test('goes on where nothing has changed, and leaves no lock', async () => {
    const { folder } = copy()
    writeFileSync(join(folder, 'run.json.4194305.partial'), 'half')
    expect((await inProcess('bench', '--resume', folder, '--no-report')).code).toBe(0)
    expect(read(folder).cells).toHaveLength(3)
    expect(readdirSync(folder).toSorted()).toEqual(['journal.ndjson', 'run.json'])
  })

  test.each<[string, (cwd: string) => void, RegExp]>([
    [
      'another model',
      (cwd) => {
        const w2 = tensor('float32', [3, 4], Float32Array.of(1, 0, 0, 0.2, 0, 1, 0, 0.1, 0, 0, 1, 0.1))
        const graph = { ...GRAPH, initializers: new Map([...GRAPH.initializers, ['w2', w2]]) }
        writeFileSync(join(cwd, 'points', 'model_fp32.onnx'), exportOnnx(graph))
      },
      /cannot be resumed: the model of points has changed\. /,
    ],
    [
      'other evaluation samples',
      (cwd) => {
        const y = Int32Array.from({ length: 60 }, (_, i) => i % 3)
        writeFileSync(join(cwd, 'points', 'y_eval.npy'), formatNpy(tensor('int32', [60], y)))
      },
      /cannot be resumed: the data of points has changed\. /,
    ],
    [
      'another name of the workload',
      (cwd) => {
        const path = join(cwd, 'points', 'manifest.json')
        writeFileSync(path, readFileSync(path, 'utf8').replace('"points"', '"dots"'))
      },
      /the model of points is not there; the model of dots was not there; the data of points is not there/,
    ],
    [
      'options that were edited',
      (cwd) => rewrite(cwd, ([start, ...rest]) => [start.replace('"samples":500', '"samples":50'), ...rest]),
      /cannot be resumed: the options in its journal were changed\. /,
    ],
    [
      'a seed that was edited',
      (cwd) => rewrite(cwd, ([start, ...rest]) => [start.replace('"seed":1', '"seed":2'), ...rest]),
      /cannot be resumed: its seed is 2, that of its options 1\. /,
    ],
    [
      'another program',
      (cwd) =>
        rewrite(cwd, ([start, ...rest]) => [
          start
            .replace(/"programHash":"\w+"/, '"programHash":"other"')
            .replace(/"commit":"\w+"/, '"commit":"abc"'),
          ...rest,
        ]),
      /cannot be resumed: octet or its kernels are built otherwise \(commit abc.*, here commit .*\)\. /,
    ],
    [
      'another runtime',
      (cwd) =>
        rewrite(cwd, ([start, ...rest]) => [
          start
            .replace(/"fingerprint":"\w+"/, '"fingerprint":"other"')
            .replace(/"node [\d.]+"/, '"node 18.0.0"'),
          ...rest,
        ]),
      /cannot be resumed: the runtime was node 18\.0\.0, here node [\d.]+\. /,
    ],
    [
      'a run without digests',
      (cwd) => rewrite(cwd, ([start, ...rest]) => [start.replace(/,"programHash":"\w+"/, ''), ...rest]),
      /cannot be resumed: an earlier octet started it, which kept no digests of model and data\. /,
    ],
  ])('refuses %s, in one line that names it', async (_, change, line) => {
    const { cwd, folder } = copy()
    change(cwd)
    const before = readFileSync(join(folder, 'journal.ndjson'))
    expect(await refusal('bench', '--resume', folder, '--no-report')).toMatch(line)
    expect(readFileSync(join(folder, 'journal.ndjson'))).toEqual(before)
    expect(readdirSync(folder).filter((name) => name.startsWith('lock'))).toEqual([])
  })

  test('another commit that builds the same program gives the same numbers', async () => {
    const { cwd, folder } = copy()
    rewrite(cwd, ([start, ...rest]) => [start.replace(/"commit":"\w+"/, '"commit":"abc"'), ...rest])
    expect((await inProcess('bench', '--resume', folder, '--no-report')).code).toBe(0)
  })

  test('a host that takes back some memory of its virtual machine is no other machine', async () => {
    const { cwd, folder } = copy()
    rewrite(cwd, ([start, ...rest]) => [
      start.replace(/"memoryBytes":(\d+)/, (_, bytes) => `"memoryBytes":${Math.round(Number(bytes) * 1.1)}`),
      ...rest,
    ])
    expect((await inProcess('bench', '--resume', folder, '--no-report')).code).toBe(0)
  })

  test('two at the same instant: one goes on, the other names the process that has the run', async () => {
    const { folder } = copy()
    stale(folder)
    const outcomes = await Promise.all(
      [0, 1].map(async () => {
        const child = spawn(process.execPath, [BIN, 'bench', '--resume', folder, '--no-report'], {
          stdio: ['ignore', 'ignore', 'pipe'],
        })
        let stderr = ''
        child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
        const code = await new Promise((resolve) => child.once('close', resolve))
        return { code, stderr }
      }),
    )
    const [first, second] = outcomes.toSorted((a, b) => Number(a.code) - Number(b.code))
    expect(first.code).toBe(0)
    // Where the first has come to its end already, the second finds nothing left to do.
    if (second.code !== 0)
      expect(second.stderr).toMatch(/is in use by process \d+\. wait for it, or stop it\n$/)
    expect(read(folder).cells).toHaveLength(3)
  })
})

/** Leaves a lock of a process that lives no more, or of one that has another process's id. */
function stale(folder: string, process_ = 4194305, began: string | null = 'long ago'): void {
  const claim = { token: 'old', process: process_, began, host: hostname() }
  writeFileSync(join(folder, 'lock'), JSON.stringify(claim))
}

describe('the lock of a folder', () => {
  test('keeps others out until it is released', () => {
    const folder = temporaryFolder()
    const lock = lockFolder(folder)
    expect(() => lockFolder(folder, 0)).toThrow(`${folder} is in use by process ${process.pid}`)
    lock.release()
    expect(readdirSync(folder)).toEqual([])
    lockFolder(folder).release()
  })

  test('of a process that has ended is taken over, and so is that of one whose id another process has', () => {
    const folder = temporaryFolder()
    stale(folder)
    lockFolder(folder).release()
    expect(readdirSync(folder)).toEqual([])
    if (identityOf(process.pid) === null) return
    stale(folder, process.pid)
    lockFolder(folder).release()
    stale(folder, process.pid, identityOf(process.pid))
    expect(() => lockFolder(folder, 0)).toThrow('is in use')
  })

  test('of another machine is left alone, and the line says what to remove', () => {
    const folder = temporaryFolder()
    writeFileSync(
      join(folder, 'lock'),
      JSON.stringify({ token: 't', process: 1, began: null, host: 'elsewhere' }),
    )
    expect(() => lockFolder(folder, 0)).toThrow('in use by process 1 on elsewhere')
  })

  test('is taken by one of many that find a stale one at the same instant', async () => {
    const folder = temporaryFolder()
    stale(folder)
    const lock = JSON.stringify(new URL('../dist/store/lock.js', import.meta.url).href)
    const script = `import { lockFolder } from ${lock}
import { existsSync } from 'node:fs'
console.log('ready')
setTimeout(() => {
  while (!existsSync(${JSON.stringify(join(folder, 'go'))}));
  try {
    lockFolder(${JSON.stringify(folder)}, 200)
    console.log('taken')
  } catch (error) {
    console.log(error.message)
  }
}, 1)
setInterval(() => existsSync(${JSON.stringify(join(folder, 'done'))}) && process.exit(), 10)`
    const said: string[] = []
    const children = Array.from({ length: 6 }, () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      child.stdout.setEncoding('utf8').on('data', (text: string) => said.push(...text.trim().split('\n')))
      return new Promise((resolve) => child.once('close', resolve))
    })
    while (said.length < 6) await sleep(10)
    writeFileSync(join(folder, 'go'), '')
    while (said.length < 12) await sleep(10)
    writeFileSync(join(folder, 'done'), '')
    await Promise.all(children)
    const lines = said.slice(6)
    expect(lines.filter((line) => line === 'taken')).toHaveLength(1)
    expect(lines.filter((line) => line.includes('is in use by process'))).toHaveLength(5)
    expect(existsSync(join(folder, 'lock'))).toBe(false)
  })
})
