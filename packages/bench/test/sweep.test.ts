import { CONTRACT, type Constants, type KernelDevice, openReference, type OpSpec, overlay } from '@octet/core'
import { expect, test } from 'vitest'
import { RenewableDevice } from '../src/discover/renewable.ts'
import { SILENT } from '../src/show/reporter.ts'
import { cellsOf, cellsOn, on } from './little-sweep.ts'

test('accuracy is computed once, on one device, and stands in the cells of all', async () => {
  const cells = await cellsOn({ one: {}, two: {} })
  expect(on(cells, 'one').map(({ task }) => task)).toEqual(on(cells, 'two').map(({ task }) => task))
  expect(on(cells, 'one')).toHaveLength(2)
})

test('a device whose arithmetic is not exact is timed, but its accuracy is computed on another', async () => {
  const reference = openReference()
  // Its Add is one unit in the last place off, as another compiler's may be: no first batch shows that.
  const near = overlay(reference, {
    info: { ...reference.info, id: 'near' },
    prepare: (spec: OpSpec, constants: Constants) =>
      reference.prepare(
        spec,
        constants.kind === 'int-add'
          ? { ...constants, inverseScale: constants.inverseScale * (1 + 2 ** -22) }
          : constants,
      ),
  })
  const kernels = { id: 'near', contract: CONTRACT, open: async () => near } as const
  const device = await RenewableDevice.open(
    kernels,
    { runtime: 'node', adapter: 'auto' },
    { reporter: SILENT },
  )
  if (!(device instanceof RenewableDevice)) throw new Error(device.unavailable)
  const cells = on(await cellsOf([device]), 'near')
  expect(cells.map(({ latency }) => latency !== undefined)).toEqual([true, true])
  expect(cells.map(({ task }) => task?.device)).toEqual(['reference/reference', 'reference/reference'])
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

test('a device that declines every op is skipped with its reasons: the reference would be measured', async () => {
  const cells = await cellsOn({
    picky: { supports: ({ inputs }) => (inputs[0].dtype === 'int8' ? true : { reason: 'integers only' }) },
  })
  const [fp32, int8] = on(cells, 'picky')
  expect(fp32).toMatchObject({
    status: 'skipped',
    reason: 'picky has none of its ops: integers only',
    fallbackOps: [],
  })
  expect(int8.fallbackOps).toEqual(['normalize'])
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
  for (const { status, task } of on(cells, 'right')) {
    expect(status).not.toBe('failed')
    expect(task?.device).toBe('right/right')
  }
})

test('a device that is lost while it is timed fails its cells with its words, accuracy kept', async () => {
  const cells = await cellsOn({ lost: { time: () => Promise.reject(new Error('device lost')) }, right: {} })
  for (const { status, reason, task } of on(cells, 'lost')) {
    expect([status, reason]).toEqual(['failed', 'device lost'])
    expect(task?.samples).toBe(30)
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
  expect(cell.task?.fp32).toBeGreaterThan(0.5)
  expect(cell.latency?.vsFp32?.ratio).toBeGreaterThan(0)
})
