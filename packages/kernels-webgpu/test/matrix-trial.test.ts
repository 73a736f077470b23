import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openReference, type KernelDevice, type OpSpec } from '@octet/core'
import { expect, onTestFinished, test } from 'vitest'
import { judgeMatrices } from '../src/matrices/judge.ts'
import { tryMatrices } from '../src/matrices/node/trial.ts'
import { adapters } from './adapters.ts'

const TASK = { adapter: 'nobody', component: 'i8' } as const
const START = `
const say = (message) => new Promise((resolve) => process.send(message, resolve))
const given = new Promise((resolve) => process.once('message', resolve))
await say({ kind: 'ready' })
const task = await given
`

function moduleOf(code: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'octet-trial-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'child.mjs')
  writeFileSync(path, code)
  return path
}

const enter = `await say({ kind: 'enter', what: 'Gemm ' + task.component });`

test.each([
  [
    'crashes',
    `${enter} process.kill(process.pid, 'SIGSEGV'); setInterval(() => {}, 1000)`,
    /^Gemm i8: the driver ended its process \(SIGSEGV\)/,
  ],
  [
    'ends the process',
    `${enter} console.error('out of luck'); process.exit(0)`,
    /^Gemm i8: .*\(exit code 0\): out of luck$/,
  ],
  ['hangs', `${enter} for (;;);`, /^Gemm i8: the driver did not answer for 0\.3 s$/],
  ['never settles', `${enter} setInterval(() => {}, 1000)`, /did not answer for 0\.3 s$/],
  [
    'computes something else',
    `await say({ kind: 'judged', conformance: { passed: false, reason: 'Gemm i8: 3 of 4 elements differ' } })`,
    /^Gemm i8: 3 of 4 elements differ$/,
  ],
])('a driver that %s has not passed, and this process lives on', async (_, code, reason) => {
  const found = await tryMatrices(TASK, { child: moduleOf(START + code), patienceMs: 300 })
  expect(found).toEqual({ passed: false, reason: expect.stringMatching(reason) as string })
})

test('a driver that computes every case right has passed', async () => {
  const conformance = { passed: true, tried: 7 }
  const code = `${START} ${enter} await say({ kind: 'judged', conformance: ${JSON.stringify(conformance)} })`
  expect(await tryMatrices(TASK, { child: moduleOf(code) })).toEqual(conformance)
})

test.each([
  ['does not start', 'throw new Error("no such module")'],
  ['finds no adapter', `${START} await say({ kind: 'unavailable', reason: 'it is gone' })`],
])('a process that %s says nothing of the driver', async (_, code) => {
  expect(await tryMatrices(TASK, { child: moduleOf(code) })).toBeUndefined()
})

test.skipIf(adapters.length === 0)(
  'an adapter without matrices has not passed, as its own process finds',
  async () => {
    const found = await tryMatrices({ adapter: adapters[0].id, component: 'i8' })
    expect(found).toEqual({ passed: false, reason: 'no case of the conformance kit is computed by them' })
  },
)

test.runIf(process.platform === 'linux')(
  'a process whose driver blocks it does not outlive its parent',
  async () => {
    const orphan = new URL('../dist/matrices/node/orphan.js', import.meta.url).href
    const blocked = moduleOf(`
    import { endWithParent } from ${JSON.stringify(orphan)}
    endWithParent()
    setTimeout(() => { process.stdout.write('blocked ' + process.pid); for (;;); }, 300)`)
    const parent = moduleOf(`
    import { spawn } from 'node:child_process'
    spawn(process.execPath, [${JSON.stringify(blocked)}], { stdio: ['ignore', 'inherit', 'ignore'] })`)
    const started = spawn(process.execPath, [parent], { stdio: ['ignore', 'pipe', 'ignore'] })
    const [text] = (await once(started.stdout, 'data')) as [Buffer]
    const pid = Number(text.toString().slice('blocked '.length))
    expect(pid).toBeGreaterThan(0)
    started.kill('SIGKILL')
    while (isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 50))
  },
)

/** Whether a process is there and has not ended: what ended may wait for a parent that asks. */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** The reference as a device whose small int8 products are computed by matrices, of which one may be wrong. */
function deviceOf(wrong?: (spec: OpSpec) => boolean): KernelDevice {
  const reference = openReference()
  const byMatrices = ({ op, inputs: [{ dtype, shape }] }: OpSpec): boolean =>
    op === 'Gemm' && dtype === 'int8' && shape[0] < 8
  let last: OpSpec | undefined
  const changed: Partial<KernelDevice> = {
    supports: (spec) => ('fixedPoint' in spec ? { reason: 'not in fixed point' } : true),
    variants: (spec) => (byMatrices(spec) ? ['matrix 32x32 by 16x16x16', 'tile 32x32'] : ['direct']),
    prepare: async (spec, constants, variant) => {
      if (variant?.startsWith('matrix') !== true) throw new Error(`${variant} is not to be tried`)
      last = spec
      return { ...(await reference.prepare(spec, constants)), variant }
    },
    read: async (source) => {
      const read = await reference.read(source)
      if (last !== undefined && wrong?.(last) === true) read.data[0] ^= 1
      return read
    },
  }
  return new Proxy(reference, {
    get: (target, name: keyof KernelDevice) => {
      const value = changed[name] ?? target[name]
      return typeof value === 'function' ? (value as () => void).bind(target) : value
    },
  })
}

test('every case that matrices compute is judged, and no other, up to the first that is wrong', async () => {
  const entered: string[] = []
  const enterCase = async (what: string): Promise<void> => void entered.push(what)
  const right = await judgeMatrices(deviceOf(), enterCase)
  expect(right).toEqual({ passed: true, tried: entered.length })
  expect(entered.length).toBeGreaterThan(10)
  entered.length = 0
  const wrong = await judgeMatrices(
    deviceOf(({ output }) => output.shape[1] === 37),
    enterCase,
  )
  expect(wrong).toEqual({
    passed: false,
    reason: expect.stringMatching(/by matrix 32x32 .* elements differ/) as string,
  })
  expect(wrong).toMatchObject({ reason: expect.stringContaining(entered.at(-1)!) as string })
})
