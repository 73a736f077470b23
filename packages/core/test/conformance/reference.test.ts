import { expect, test } from 'vitest'
import { conformanceCases, judge, runConformance } from '../../src/conformance/index.ts'
import { openReference, referencePackage } from '../../src/reference/device.ts'
import type { KernelDevice } from '../../src/kernel/contract.ts'
import type { Constants, GemmSpec, OpSpec } from '../../src/kernel/spec.ts'

const host = { runtime: 'node', adapter: 'auto' } as const

test('the reference passes every case of its own kit, none skipped', async () => {
  const { results } = await runConformance(referencePackage, { host })
  expect(results.filter(({ status }) => status !== 'passed')).toEqual([])
  expect(results.length).toBeGreaterThan(350)
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

test('a device that rescales by float multipliers where Q31 ones are asked for fails some case of either rounding', async () => {
  const device = openReference()
  const careless: KernelDevice = Object.assign(Object.create(device), {
    prepare: (spec: OpSpec, constants: Constants) => {
      const { fixedPoint: _, ...plain } = spec as GemmSpec
      return device.prepare(plain, constants)
    },
  })
  for (const rounding of ['double', 'single'] as const) {
    const one = conformanceCases().find(({ name }) => name === `Gemm int8: ties, Q31 ${rounding} rounding`)!
    expect((await judge(device, one)).status).toBe('passed')
    expect((await judge(careless, one)).status).toBe('failed')
  }
})

test('a table that is read one entry off fails', async () => {
  const device = openReference()
  const shifted: KernelDevice = Object.assign(Object.create(device), {
    prepare: (spec: OpSpec, constants: Constants) => {
      const { table } = constants as Extract<Constants, { kind: 'int-table' }>
      const turned = Int8Array.from(table, (_, entry) => table[(entry + 1) % 256])
      return device.prepare(spec, { kind: 'int-table', table: turned })
    },
  })
  const one = conformanceCases().find(({ name }) => name === 'Sigmoid int8: 2x3x5x7')!
  expect((await judge(shifted, one)).status).toBe('failed')
})
