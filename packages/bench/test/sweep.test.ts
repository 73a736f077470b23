import { join } from 'node:path'
import { mkdirSync } from 'node:fs'
import { openReference, type KernelDevice } from '@octet/core'
import type { Cell } from '@octet/results'
import { expect, test } from 'vitest'
import { Progress } from '../src/show/progress.ts'
import type { Entry } from '../src/store/entry.ts'
import type { SweepOptions } from '../src/sweep/options.ts'
import { openSubjects } from '../src/sweep/subject.ts'
import { sweep } from '../src/sweep/sweep.ts'
import { temporaryFolder, writeWorkload } from './folder.ts'

const SILENT = new Progress({ isTTY: false, columns: 80, write: () => true })

/** Sweeps the little workload on devices made from the reference, and returns the cells. */
async function cellsOn(
  devices: Record<string, Partial<KernelDevice>>,
  change: Partial<SweepOptions> = {},
): Promise<Cell[]> {
  const folder = join(temporaryFolder(), 'points')
  mkdirSync(folder)
  const options: SweepOptions = {
    workloads: [{ source: writeWorkload(folder) }],
    methods: ['ptq'],
    qat: { steps: 10, scales: 'observed' },
    precisions: ['fp32', 'int8'],
    calibrations: ['minmax'],
    weightBits: [8],
    wholeProduct: true,
    transforms: ['none'],
    granularities: ['per-channel'],
    schemes: ['affine'],
    kernels: Object.keys(devices),
    adapter: 'auto',
    samples: 30,
    seed: 1,
    quick: true,
    ...change,
  }
  const open = Object.entries(devices).map(([kernels, parts]) => ({
    kernels,
    device: deviceWith(kernels, parts),
  }))
  const missing = [{ kernels: 'absent', reason: 'no adapter', mend: 'install a driver' }]
  const entries: Entry[] = []
  await sweep(await openSubjects(options, SILENT), {
    options,
    devices: { open, missing },
    recorded: [],
    record: (entry) => entries.push(entry),
    progress: SILENT,
    folder,
  })
  return entries.flatMap((entry) => (entry.kind === 'cell' ? entry.cell : []))
}

function deviceWith(id: string, parts: Partial<KernelDevice>): KernelDevice {
  const reference = openReference()
  const info = { ...reference.info, id }
  return new Proxy(reference, {
    get: (target, name: keyof KernelDevice) => {
      const value = name === 'info' ? info : (parts[name] ?? target[name])
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

function on(cells: readonly Cell[], kernels: string): Cell[] {
  return cells.filter((cell) => cell.kernels === kernels)
}

test('accuracy is computed once, on one device, and stands in the cells of all', async () => {
  const cells = await cellsOn({ one: {}, two: {} })
  expect(on(cells, 'one').map(({ accuracy }) => accuracy)).toEqual(
    on(cells, 'two').map(({ accuracy }) => accuracy),
  )
  expect(on(cells, 'one')).toHaveLength(2)
})

test('ops that a device declines run on the reference, and its cells name them', async () => {
  const cells = await cellsOn({
    partial: { supports: ({ op }) => (op === 'Gemm' ? true : { reason: 'only Gemm' }) },
  })
  for (const { fallbackOps, latency, status } of on(cells, 'partial')) {
    expect(['ok', 'unstable']).toContain(status)
    expect(fallbackOps).toContain('normalize')
    expect(fallbackOps).not.toContain('hidden')
    expect(latency?.clock).toBe('wall')
  }
})

test('a device that declines every op is skipped with its reasons: its figures would be those of the reference', async () => {
  const cells = await cellsOn({
    picky: { supports: ({ inputs }) => (inputs[0].dtype === 'int8' ? true : { reason: 'integers only' }) },
  })
  const [fp32, int8] = on(cells, 'picky')
  expect(fp32).toMatchObject({
    status: 'skipped',
    reason: 'picky has none of its ops: integers only',
    fallbackOps: [],
  })
  expect(int8.fallbackOps).toEqual(['normalize', 'QuantizeLinear x'])
  expect(int8.latency?.samples.length).toBeGreaterThan(5)
  expect(int8.latency?.vsFp32).toBeUndefined()
})

test('without FP32 on the device nothing else is taken for it', async () => {
  const cells = await cellsOn(
    {
      picky: { supports: ({ inputs }) => (inputs[0].dtype === 'float32' ? { reason: 'no float32' } : true) },
    },
    { precisions: ['fp32', 'fp16', 'int8'] },
  )
  expect(on(cells, 'picky').map(({ status, latency }) => [status === 'skipped', latency?.vsFp32])).toEqual([
    [true, undefined],
    [false, undefined],
    [false, undefined],
  ])
})

test('a device that is wrong fails with what differs; the others go on', async () => {
  const wrong: Partial<KernelDevice> = {
    read: async (source) => ({
      ...source.spec,
      data: new Float32Array(source.spec.shape.reduce((a, b) => a * b, 1)),
    }),
  }
  const cells = await cellsOn({ wrong, right: {} })
  for (const { status, reason, latency } of on(cells, 'wrong')) {
    expect(status).toBe('failed')
    expect(reason).toMatch(/^outputs are not the reference's/)
    expect(latency).toBeUndefined()
  }
  for (const { status, accuracy } of on(cells, 'right')) {
    expect(status).not.toBe('failed')
    expect(accuracy?.device).toBe('right/right')
  }
})

test('a device that is lost while it is timed fails its cells with its words, accuracy kept', async () => {
  const cells = await cellsOn({ lost: { time: () => Promise.reject(new Error('device lost')) }, right: {} })
  for (const { status, reason, accuracy } of on(cells, 'lost')) {
    expect([status, reason]).toEqual(['failed', 'device lost'])
    expect(accuracy?.samples).toBe(30)
  }
})

test('cells of a package without a device are recorded as skipped, with the reason and its mend', async () => {
  const cells = await cellsOn({ one: {} })
  expect(on(cells, 'absent')).toHaveLength(2)
  for (const cell of on(cells, 'absent'))
    expect(cell).toMatchObject({ status: 'skipped', adapter: 'none', reason: 'no adapter. install a driver' })
})

test('a sweep without FP32 is still judged against it, in accuracy and in time', async () => {
  const [cell] = on(await cellsOn({ one: {} }, { precisions: ['int8'] }), 'one')
  expect(cell.precision).toBe('int8')
  expect(cell.accuracy?.fp32).toBeGreaterThan(0.5)
  expect(cell.latency?.vsFp32?.ratio).toBeGreaterThan(0)
})
