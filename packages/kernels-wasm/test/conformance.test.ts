import { runConformance } from '@octet/core/conformance'
import wasm from '../dist/index.js'
import { expect, test } from 'vitest'

const adapters = (await wasm.adapters?.({ runtime: 'node', adapter: 'auto' })) ?? []

test.each(adapters.map(({ id }) => id))(
  'every case of the kit passes on %s, and only integer-only rescaling is declined',
  async (adapter) => {
    const { results } = await runConformance(wasm, { host: { runtime: 'node', adapter } })
    expect(results.filter(({ status }) => status === 'failed')).toEqual([])
    const reasons = new Set(
      results.filter(({ status }) => status === 'unsupported').map(({ detail }) => detail),
    )
    expect([...reasons]).toEqual(['integer-only rescaling runs on the reference'])
    expect(results.filter(({ status }) => status === 'passed').length).toBeGreaterThan(250)
  },
)

test('another seed passes too', async () => {
  const { results } = await runConformance(wasm, {
    host: { runtime: 'node', adapter: 'wasm-1-thread' },
    seed: 20261123,
  })
  expect(results.filter(({ status }) => status === 'failed')).toEqual([])
})
