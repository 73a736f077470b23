import { runConformance } from '@octet/core/conformance'
import { expect, test } from 'vitest'
import kernels from '../src/index.ts'

/** The ops that this package has so far. An op that is missing here is declined. */
const WRITTEN = ['Gemm fp32', 'Gemm int8']

test('every case of a written op equals the reference: integers in full, floats within their bounds', async () => {
  const { results } = await runConformance(kernels, { host: { runtime: 'node', adapter: 'auto' } })
  expect(results.filter(({ status }) => status === 'failed')).toEqual([])
  const passed = results.filter(({ status }) => status === 'passed')
  expect([...new Set(passed.map(({ op, precision }) => `${op} ${precision}`))].toSorted()).toEqual(WRITTEN)
})

test('it opens for the adapters it has, and says so of any other', async () => {
  expect(await kernels.open({ runtime: 'node', adapter: 'software' })).toHaveProperty('info.software', true)
  expect(await kernels.open({ runtime: 'node', adapter: 'hardware' })).toHaveProperty('mend')
})
