import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { DeviceInfo } from '@octet/core'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import type { Conformance } from '../src/matrices/judge.ts'
import { kindsOf, type Component } from '../src/matrices/kinds.ts'
import { addTrials, trialsFile, trialsPath } from '../src/matrices/node/store.ts'
import { matrixChecks, trustBy, trustOf, type TrialRunner, type Trust } from '../src/matrices/trust.ts'
import { trialOf, type KnownTrials } from '../src/matrices/trials.ts'
import type { Candidate, Source } from '../src/open/source.ts'
import { deviceKey } from '../src/tune/bucket.ts'
import { node } from './adapters.ts'
import { APPLE, NVIDIA } from './null-device.ts'

const warn = vi.fn<(text: string) => void>()

beforeEach(() => {
  warn.mockClear()
  const cache = mkdtempSync(join(tmpdir(), 'octet-matrices-'))
  vi.stubEnv('XDG_CACHE_HOME', cache)
  onTestFinished(() => {
    vi.unstubAllEnvs()
    rmSync(cache, { recursive: true })
  })
})

const INFO: DeviceInfo = {
  id: 'nvidia',
  name: 'a GPU',
  vendor: 'nvidia',
  architecture: 'ada',
  backend: 'vulkan',
  driver: '1.0',
  software: false,
  features: [],
  modes: {},
}

function candidate(driver = '1.0', like = NVIDIA): Candidate {
  const { matrices: offered, ...target } = like
  return { source: {} as Source, info: { ...INFO, driver }, target: { ...target, matrices: [] }, offered }
}

const PASSED: Conformance = { passed: true, tried: 5 }
const FAILED: Conformance = {
  passed: false,
  reason: 'Gemm int8: 33x7x64: the driver ended its process (SIGSEGV)',
}

/** Trust by trials that come out as told; what was tried, and what is kept. */
function trusting(
  outcomes: Partial<Record<Component, Conformance>>,
  known: KnownTrials = {},
  of: Candidate = candidate(),
): { trust: Trust; tried: Component[]; kept: KnownTrials[] } {
  const [tried, kept]: [Component[], KnownTrials[]] = [[], []]
  const runner: TrialRunner = {
    known,
    tryOut: async (component) => {
      tried.push(component)
      return outcomes[component]
    },
    keep: async (added) => void kept.push(added),
  }
  const trust = trustBy(of, runner, warn)
  return { trust, tried, kept }
}

const componentsOf = (matrices: Trust['matrices'] = []): string[] => [
  ...new Set(matrices.map(({ component }) => component)),
]

test('nothing is trusted before it was tried, and then only what passed', async () => {
  const { trust, tried, kept } = trusting({ f16: PASSED, i8: FAILED })
  expect(trust.matrices).toEqual([])
  expect(componentsOf(await trust.tryOthers?.())).toEqual(['f16'])
  expect(tried).toEqual(['f16', 'i8'])
  expect(kept).toMatchObject([{ f16: PASSED }, { i8: FAILED }])
  expect(warn.mock.calls.flat().join('\n')).toContain('nvidia: i8 matrices are not used: Gemm int8: 33x7x64')
  const later = trusting({}, Object.assign({}, ...kept) as KnownTrials)
  expect(componentsOf(later.trust.matrices)).toEqual(['f16'])
  expect(later.trust.tryOthers).toBeUndefined()
})

test('a trial that says nothing of the driver is not remembered', async () => {
  const { trust, kept } = trusting({ f16: PASSED })
  expect(componentsOf(await trust.tryOthers?.())).toEqual(['f16'])
  expect(kept.flatMap((one) => Object.keys(one))).toEqual(['f16'])
})

test('kinds that no shader uses are not tried', () => {
  const names = (like = NVIDIA) =>
    kindsOf({ ...like, matrices: [] }, like.matrices).map((kind) => kind.component)
  expect(names()).toEqual(['f16', 'i8'])
  expect(names(APPLE)).toEqual(['f32', 'f16'])
  expect(
    names({ ...NVIDIA, matrices: NVIDIA.matrices.filter(({ component }) => component === 'u8') }),
  ).toEqual([])
  expect(names({ ...NVIDIA, subgroups: { min: 32, max: 64 } })).toEqual([])
})

test('other shaders are tried again', () => {
  const [kind] = kindsOf({ ...NVIDIA, matrices: [] }, NVIDIA.matrices)
  const known: KnownTrials = { f16: { ...PASSED, shaders: kind.shaders } }
  expect(trialOf(kind, known)).toMatchObject(PASSED)
  expect(trialOf({ ...kind, shaders: 'others' }, known)).toBeUndefined()
})

test('a trial belongs to a driver, and an unknown driver is tried', async () => {
  const here = candidate()
  const key = deviceKey(here.info, { ...here.target, matrices: here.offered })
  const kinds = kindsOf(here.target, here.offered)
  for (const { component, shaders } of kinds)
    await addTrials(trialsFile(warn), key, { [component]: { ...PASSED, shaders } })
  const known = await trustOf(here, { runtime: 'node' })
  expect(componentsOf(known.matrices)).toEqual(['f16', 'i8'])
  expect(known.tryOthers).toBeUndefined()
  const updated = await trustOf(candidate('2.0'), { runtime: 'node' })
  expect(updated.matrices).toEqual([])
  expect(updated.tryOthers).toBeTypeOf('function')
})

test('in a browser none are used, and nothing is tried', async () => {
  expect(await trustOf(candidate(), { runtime: 'browser' })).toEqual({ matrices: [] })
})

test('the doctor tells what is used, what is not and why, and what nobody tried', async () => {
  const here = candidate()
  const key = deviceKey(here.info, { ...here.target, matrices: here.offered })
  const [f16, i8] = kindsOf(here.target, here.offered)
  expect((await matrixChecks(here, node('auto'))).map(({ detail }) => detail)).toEqual([
    expect.stringContaining('have not been tried'),
    expect.stringContaining('octet kernels --tune 60'),
  ])
  await addTrials(trialsFile(warn), key, {
    f16: { ...PASSED, shaders: f16.shaders },
    i8: { ...FAILED, shaders: i8.shaders },
  })
  expect(await matrixChecks(here, node('auto'))).toMatchObject([
    { ok: true, detail: 'used: 5 conformance cases passed with this driver' },
    { ok: false, detail: expect.stringContaining('SIGSEGV') as string, mend: expect.any(String) as string },
  ])
})

test.each(['{"format":1,"dev', '{"format":1,"devices":{"a":{"f16":{"passed":true,"shaders":"x"}}}}'])(
  'a damaged file, %s, is reported and replaced by an empty one',
  async (text) => {
    mkdirSync(dirname(trialsPath()), { recursive: true })
    writeFileSync(trialsPath(), text)
    const file = trialsFile(warn)
    expect((await file.read()).devices).toEqual({})
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('is damaged; Octet starts an empty one'))
    await addTrials(file, 'gpu', { i8: { ...PASSED, shaders: 'x' } })
    expect(JSON.parse(readFileSync(trialsPath(), 'utf8'))).toEqual({
      format: 1,
      devices: { gpu: { i8: { ...PASSED, shaders: 'x' } } },
    })
  },
)
