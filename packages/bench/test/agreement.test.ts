import {
  AFFINE_INT8,
  compareFakeQuantized,
  isDevice,
  load,
  lower,
  modelOf,
  observe,
  openReference,
  ptq,
  SYMMETRIC_INT8,
  type QuantizedModel,
} from '@octet/core'
import { batchOf, listWorkloads, openWorkload, type Workload } from '@octet/workloads'
import { beforeAll, describe, expect, test } from 'vitest'
import { discoverKernels } from '../src/discover/kernels.ts'
import { workspaceRoot } from '../src/discover/workspace.ts'

const LONG = process.env['OCTET_TESTS'] === 'long'
const SAMPLES = LONG ? 64 : 8
const { found } = await discoverKernels([workspaceRoot()])

describe.each(listWorkloads().map(({ id }) => id))('%s in integers', (id) => {
  let workload: Workload
  const quantized = new Map<string, QuantizedModel>()
  beforeAll(async () => {
    workload = await openWorkload(id)
    const model = modelOf(workload.graph)
    const seen = await observe(model, workload.normalizer, [batchOf(workload.calibration, 0, 256)])
    for (const granularity of ['per-tensor', 'per-channel'] as const)
      for (const bits of [8, 4] as const) {
        // Each of them once; in the long tier each with each.
        if (!LONG && (granularity === 'per-tensor') !== (bits === 4)) continue
        const weights = { ...SYMMETRIC_INT8, bits, granularity }
        quantized.set(
          `W${bits} ${granularity}`,
          ptq(model, seen, { calibration: 'minmax', activations: AFFINE_INT8, weights }),
        )
      }
  })

  test('is what fake quantization sees, but for ties by one step', () => {
    const x = batchOf(workload.evaluation, 0, SAMPLES)
    for (const [name, source] of quantized)
      for (const { tensor, values, differing, worst } of compareFakeQuantized(
        source,
        workload.normalizer,
        x,
      )) {
        expect(worst, `${name}, ${tensor}`).toBeLessThanOrEqual(1)
        expect(differing / values, `${name}, ${tensor}`).toBeLessThan(1e-3)
      }
  })

  test('is the same on every kernel package and adapter, whole outputs', async () => {
    const x = batchOf(workload.evaluation, 0, SAMPLES)
    const host = { runtime: 'node', adapter: 'auto' } as const
    const programs = await Promise.all(
      [...quantized].map(async ([name, source]) => {
        const program = lower(source, { batch: SAMPLES, normalizer: workload.normalizer })
        return { name, program, expected: await (await load(program, openReference())).run(x) }
      }),
    )
    for (const { kernels } of found)
      for (const { id: adapter } of (await kernels.adapters?.(host)) ?? [{ id: 'auto' }]) {
        const device = await kernels.open({ ...host, adapter })
        if (!isDevice(device)) continue
        for (const { name, program, expected } of programs)
          expect(await (await load(program, device)).run(x), `${name} on ${kernels.id}/${adapter}`).toEqual(
            expected,
          )
        await device.dispose()
      }
  })
})
