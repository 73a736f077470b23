import { openReference } from '@octet/core'
import { expect, test } from 'vitest'
import { RenewableDevice } from '../src/discover/renewable.ts'
import { runOf } from './little-sweep.ts'

test('a run says what each layer reads and weighs, and what it loses in INT8 alone, once a workload', async () => {
  const device = (): RenewableDevice =>
    new RenewableDevice('reference', openReference(), async () => openReference())
  const { networks = [], layers } = await runOf([device()])
  expect(networks.map(({ workload }) => workload)).toEqual(['points'])
  const [{ layers: own, samples, calibration }] = networks
  expect(samples).toBeGreaterThan(0)
  expect(Object.keys(layers[0].perCalibration)).toContain(calibration)
  expect(own.map(({ name, op }) => `${name} ${op}`)).toEqual(['hidden Gemm', 'classes Gemm'])
  expect(own[1].inputs).toEqual([own[0].output])
  for (const { output, shape, macs, weights, alone } of own) {
    expect(layers.map(({ tensor }) => tensor)).toContain(output)
    expect(weights!.channels).toBe(shape[0])
    expect(weights!.ranges).toHaveLength(shape[0])
    expect(macs % shape[0]).toBe(0)
    // A scale of its own is as fine for each channel as the one that all share, or finer.
    expect(weights!.sqnrDb.perChannel).toBeGreaterThanOrEqual(weights!.sqnrDb.perTensor!)
    for (const db of Object.values(alone!)) expect(db).toBeGreaterThan(10)
  }
})
