import { type KernelDevice, openReference, type OpSpec } from '@octet/core'
import { beforeEach, expect, test } from 'vitest'
import { RenewableDevice } from '../src/discover/renewable.ts'
import { sweepOptions, type SweepFlags } from '../src/command/sweep-flags.ts'
import { type Reporter, SILENT } from '../src/show/reporter.ts'
import { cellsOf, cellsOn, deviceWith, on } from './little-sweep.ts'

const logged: string[] = []
const reporter: Reporter = {
  ...SILENT,
  log: (line) => void logged.push(line),
  note: (line) => void logged.push(line),
}
beforeEach(() => void logged.splice(0))

/** A device with two variants of Gemm, of which tuning finds the second to be faster. */
function tunable(calls: { specs: readonly OpSpec[]; budgetMs: number }[]): Partial<KernelDevice> {
  const reference = openReference()
  let gemm = 'plain'
  return {
    variants: ({ op }) => (op === 'Gemm' ? ['plain', 'fast'] : ['only']),
    prepare: async (spec, constants) => {
      const prepared = await reference.prepare(spec, constants)
      return { ...prepared, variant: spec.op === 'Gemm' ? gemm : 'only' }
    },
    tune: async (specs, { budgetMs }) => {
      calls.push({ specs, budgetMs })
      gemm = 'fast'
      return specs.map((spec) =>
        spec.op === 'Gemm'
          ? {
              spec,
              variant: 'fast',
              source: 'measured',
              ratio: 2,
              rejected: [{ variant: 'third', reason: 'it is wrong' }],
            }
          : { spec, variant: 'only', source: 'default', rejected: [] },
      )
    },
  }
}

test('ops are tuned once each before anything is timed, and cells name the variants that ran', async () => {
  const calls: { specs: readonly OpSpec[]; budgetMs: number }[] = []
  const cells = on(await cellsOn({ one: tunable(calls) }, { tuneMs: 5000 }, reporter), 'one')
  expect(calls).toHaveLength(1)
  const [{ specs, budgetMs }] = calls
  expect(budgetMs).toBe(5000)
  expect(new Set(specs.map((spec) => JSON.stringify(spec))).size).toBe(specs.length)
  expect(new Set(specs.map(({ inputs: [{ shape }] }) => shape[0]))).toEqual(new Set([1]))
  for (const { variants } of cells) {
    expect(Object.keys(variants ?? {})).toContain('hidden')
    expect(new Set(Object.values(variants ?? {}))).toEqual(new Set(['fast']))
  }
  expect(logged.join('\n')).toMatch(/one\/one: tuned \d+ ops, \d+ run faster than by default/)
  expect(logged.join('\n')).toContain('one/one: Gemm gives up third: it is wrong')
})

test('an op that no variant computes right runs on the reference, and cells and messages name it', async () => {
  let declined = false
  const device: Partial<KernelDevice> = {
    supports: ({ op }) =>
      declined && op === 'Gemm' ? { reason: 'none of its variants is right here' } : true,
    tune: async (specs) => {
      declined = true
      return specs.map((spec) =>
        spec.op === 'Gemm'
          ? { spec, source: 'declined', rejected: [{ variant: 'plain', reason: 'it is wrong' }] }
          : { spec, variant: 'only', source: 'default', rejected: [] },
      )
    },
  }
  for (const { status, fallbackOps } of on(
    await cellsOn({ one: device }, { tuneMs: 5000 }, reporter),
    'one',
  )) {
    expect(status).not.toBe('failed')
    expect(fallbackOps).toContain('hidden')
  }
  expect(logged.join('\n')).toContain('one/one: Gemm gives up plain: it is wrong')
  expect(logged.join('\n')).toMatch(
    /one\/one: no variant of Gemm \w+ .* computes the reference's result, so the reference runs it/,
  )
})

test('without a budget nothing is tuned', async () => {
  const calls: { specs: readonly OpSpec[]; budgetMs: number }[] = []
  const [cell] = on(await cellsOn({ one: tunable(calls) }, { tuneMs: 0 }), 'one')
  expect(calls).toEqual([])
  expect(new Set(Object.values(cell.variants ?? {}))).toEqual(new Set(['plain']))
})

test('a device lost while it is tuned is opened again, and all cells are measured', async () => {
  const broken = deviceWith('k', { tune: () => Promise.reject(new Error('device k was lost')) })
  const device = new RenewableDevice('k', broken, async () => deviceWith('k', {}))
  const cells = await cellsOf([device], { tuneMs: 1000 }, [], reporter)
  for (const { status, latency } of cells) {
    expect(status).not.toBe('failed')
    expect(latency).toBeDefined()
  }
  expect(logged.join('\n')).toContain('k/k: tuning stopped early')
})

test('a full sweep tunes for ten seconds a workload, a quick one never, and either as the flag says', () => {
  const flags: SweepFlags = {
    workload: [],
    method: [],
    qatSteps: 1,
    qatScales: 'observed',
    precision: [],
    calibration: [],
    transform: [],
    granularity: [],
    scheme: [],
    adapter: 'auto',
    seed: 1,
    quick: false,
  }
  const budget = (change: Partial<SweepFlags>): number => sweepOptions({ ...flags, ...change }, {}).tuneMs
  expect(budget({})).toBe(10_000)
  expect(budget({ quick: true })).toBe(0)
  expect(budget({ quick: true, tune: 3 })).toBe(3000)
  expect(budget({ tune: 0 })).toBe(0)
})
