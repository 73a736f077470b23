import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cell, Run } from '@octet/results'
import { globSync } from 'tinyglobby'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { findBrowser } from '../../../apps/report/test/browser/find.ts'
import { temporaryFolder } from './folder.ts'
import { BIN } from './octet.ts'
import { fault, inFolder, onlyRun, read, setUp } from './session.ts'

const found = await findBrowser()
const missing = 'missing' in found ? ` (skipped: ${found.missing})` : ''

const LONG = process.env['OCTET_TESTS'] === 'long'

const SWEEP = [
  'bench',
  '--workload',
  'points',
  '--calibration',
  'minmax',
  '--granularity',
  'per-tensor',
  '--weight-bits',
  '8',
  '--kernels',
  'wasm',
  '--quick',
  '--no-report',
]

/** What the machine's speed has no part in. */
function exactOf({ key, status, task, fidelity, memory, fallbackOps }: Cell): object {
  // Engines with other instructions pack weights in another way, so what the device holds differs.
  const laidOut = [memory?.weightBytes, memory?.activationPeakBytes, memory?.arenaBytes]
  return { key, status: status === 'unstable' ? 'ok' : status, task, fidelity, laidOut, fallbackOps }
}

async function sweep(...flags: string[]): Promise<{ run: Run; stderr: string }> {
  const cwd = setUp()
  const { code, stderr } = await inFolder(cwd, ...SWEEP, ...flags)
  expect(code, stderr).toBe(0)
  return { run: read(onlyRun(cwd)), stderr }
}

/** A sweep over DevTools whose tab is closed so many ms after its page of programs is seen. */
async function sweepWithoutTab(address: string, waitMs: number): ReturnType<typeof sweep> {
  const seen = new Map<string, number>()
  let isClosed = false
  const close = async (): Promise<void> => {
    const answer = await fetch(`${address}/json/list`)
    const tabs = (await answer.json()) as { id: string; title: string }[]
    const tab = tabs.find(({ title }) => title === 'octet measures')
    if (tab === undefined || isClosed) return
    seen.set(tab.id, seen.get(tab.id) ?? performance.now())
    // The first pages say what the machine is, and try the kernels; the third is busy with programs by then.
    if (seen.size < 3 || performance.now() - seen.get(tab.id)! < waitMs) return
    isClosed = true
    await fetch(`${address}/json/close/${tab.id}`)
  }
  const timer = setInterval(() => void close(), 10)
  return sweep('--cdp', address, '--page-port', '0').finally(() => clearInterval(timer))
}

/** A Chromium that others control, and the address of its DevTools. */
async function startChromium(executable: string): Promise<{ process: ChildProcess; address: string }> {
  const args = ['--headless', '--no-sandbox', '--remote-debugging-port=0', '--no-first-run']
  const child = spawn(executable, [...args, `--user-data-dir=${temporaryFolder()}`, 'about:blank'])
  let said = ''
  for await (const text of child.stderr) {
    said += String(text)
    const address = /DevTools listening on ws:\/\/([\d.:]+)/.exec(said)?.[1]
    if (address !== undefined) return { process: child, address: `http://${address}` }
  }
  throw new Error(`no DevTools: ${said}`)
}

describe.skipIf('missing' in found)(`a sweep in a browser${missing}`, () => {
  let chromium: Awaited<ReturnType<typeof startChromium>> | undefined
  let inNode: Run

  beforeAll(async () => {
    if ('missing' in found) return
    vi.stubEnv('CHROMIUM_PATH', found.executablePath)
    for (const [name, value] of Object.entries(found.env)) vi.stubEnv(name, value)
    if (LONG) chromium = await startChromium(found.executablePath)
    inNode = (await sweep()).run
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    if (chromium === undefined) return
    const ended = once(chromium.process, 'exit')
    chromium.process.kill('SIGKILL')
    await ended
  })

  test('has the cells of Node to the sample, and the machine says which browser', async () => {
    const { run } = await sweep('--host', 'browser')
    expect(run.cells.map(exactOf)).toEqual(inNode.cells.map(exactOf))
    expect(run.machine).toMatchObject({
      cpu: inNode.machine.cpu,
      runtime: expect.stringMatching(/^chromium \d+\./) as string,
    })
    expect(run.machine.fingerprint).not.toBe(inNode.machine.fingerprint)
    for (const { latency } of run.cells) expect(latency!.samples.length).toBeGreaterThan(5)
    expect(run.profiles!.length).toBeGreaterThan(0)
  })

  test.runIf(LONG && process.platform === 'linux')(
    'a browser that is killed meanwhile is started again, and no cell is lost',
    async () => {
      const cwd = setUp()
      const child = spawn(process.execPath, [BIN, ...SWEEP, '--host', 'browser'], { cwd })
      const ended = once(child, 'exit')
      let stderr = ''
      child.stderr.on('data', (text: Buffer) => (stderr += text.toString()))
      const begun = (): boolean => globSync('results/*/journal.ndjson', { cwd }).length > 0
      while (!begun() && child.exitCode === null) await sleep(5)
      process.kill(browserOf(child.pid!)!, 'SIGKILL')
      expect(await ended).toEqual([0, null])
      expect(stderr).toContain('wasm/wasm was opened again after a fault: its page is gone')
      expect(read(onlyRun(cwd)).cells.map(exactOf)).toEqual(inNode.cells.map(exactOf))
    },
  )

  test.runIf(LONG)(
    'over --cdp has them too, and a tab that is closed meanwhile is opened again',
    async () => {
      const { address } = chromium!
      const reopened = 'wasm/wasm was opened again after a fault: its page is gone'
      // A busy machine may close the tab when its sweep is over: the next sweep loses its tab sooner.
      let found = await sweepWithoutTab(address, 300)
      for (const waitMs of [150, 50, 0])
        if (!found.stderr.includes(reopened)) found = await sweepWithoutTab(address, waitMs)
      const { run, stderr } = found
      expect(stderr).toContain(reopened)
      expect(run.cells.map(exactOf)).toEqual(inNode.cells.map(exactOf))
      expect(run.machine.runtime).toMatch(/^(headless)?chrome \d+\./)
      expect(run.machine.cores).toBeGreaterThan(0)
    },
  )
})

/** The browser among what a process has started, once there is one. */
function browserOf(pid: number): number | undefined {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .flatMap((row) => {
      const [, id, parent, args] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row) ?? []
      return id === undefined ? [] : { id: Number(id), parent: Number(parent), args }
    })
  const family = new Set([pid])
  for (let size = 0; size < family.size;) {
    size = family.size
    for (const { id, parent } of rows) if (family.has(parent)) family.add(id)
  }
  return rows.find(
    ({ id, args }) => family.has(id) && args.includes('--headless') && !args.includes('--type='),
  )?.id
}

test('a browser that cannot be had ends in one line that says how to get one', async () => {
  const cwd = setUp()
  vi.stubEnv('CHROMIUM_PATH', join(cwd, 'no-such-browser'))
  const line = fault(await inFolder(cwd, ...SWEEP, '--host', 'browser'))
  vi.unstubAllEnvs()
  expect(line).toMatch(/CHROMIUM_PATH names .*, which cannot be executed.* install chromium/)
  expect(fault(await inFolder(cwd, ...SWEEP, '--cdp', 'http://127.0.0.1:1'))).toMatch(
    /no browser answers to --cdp http:\/\/127\.0\.0\.1:1: .*see docs\/phones\.md/,
  )
  expect(fault(await inFolder(cwd, ...SWEEP, '--cdp', 'phone:x'))).toContain('--cdp is "phone:x"')
  expect(fault(await inFolder(cwd, ...SWEEP, '--cdp', 'localhost:9222', '--host', 'node'))).toContain(
    '--host is node',
  )
  expect(fault(await inFolder(cwd, ...SWEEP, '--page-port', '7'))).toContain('add --host browser')
})
