import { expect, test } from 'vitest'
import { conformanceCases, judge, runConformance } from '../../src/conformance/index.ts'
import { openReference, referencePackage } from '../../src/reference/device.ts'
import type { KernelDevice } from '../../src/kernel/contract.ts'

const host = { runtime: 'node', adapter: 'auto' } as const

test('the reference passes every case of its own kit, none skipped', async () => {
  const { results } = await runConformance(referencePackage, { host })
  expect(results.filter(({ status }) => status !== 'passed')).toEqual([])
  expect(results.length).toBeGreaterThan(150)
})

test('case names are unique, so that a skip names one case', () => {
  const names = conformanceCases().map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
})

test('a single flipped bit in one element fails an integer case and is located', async () => {
  const device = openReference()
  const faulty: KernelDevice = Object.assign(Object.create(device), {
    read: async (source: Parameters<KernelDevice['read']>[0]) => {
      const out = await device.read(source)
      out.data[out.data.length - 1] ^= 1
      return out
    },
  })
  const one = conformanceCases().find(({ name }) => name === 'Conv int8: 3x3, ragged channels')!
  const verdict = await judge(faulty, one)
  expect(verdict.status).toBe('failed')
  expect(verdict.detail).toMatch(/^1 of 350 elements differ; element 349 /)
})

test('float bounds catch an error of a thousandth', async () => {
  const device = openReference()
  const faulty: KernelDevice = Object.assign(Object.create(device), {
    read: async (source: Parameters<KernelDevice['read']>[0]) => {
      const out = await device.read(source)
      return { ...out, data: (out.data as Float32Array).map((value) => value * 1.001) }
    },
  })
  const one = conformanceCases().find(({ name }) => name === 'Gemm fp32: 64x128x32')!
  expect((await judge(faulty, one)).status).toBe('failed')
})

test('a kernel that throws fails its case by name and the others go on', async () => {
  const kernels = {
    id: 'thrower',
    contract: 1 as const,
    open: async () =>
      Object.assign(Object.create(openReference()), {
        prepare: async () => {
          throw new Error('shader does not compile')
        },
      }) as KernelDevice,
  }
  const { results } = await runConformance(kernels, { host })
  expect(
    results.every(({ status, detail }) => status === 'failed' && detail === 'shader does not compile'),
  ).toBe(true)
})
