import { precisionOf } from '@octet/core'
import { conformanceCases, runConformance } from '@octet/core/conformance'
import { expect, test } from 'vitest'
import { webgpuPackage } from '../src/package.ts'
import { NO_FEATURES, node, variants } from './adapters.ts'

const FLOAT32 = conformanceCases().filter(({ spec }) => precisionOf(spec) === 'fp32')
const SAME_SHADERS = {
  reason: 'fp32 uses no optional feature: its shaders are the same without them',
  cases: FLOAT32.map(({ name }) => name),
}

/** Q31 products take 64 bits, which WGSL has not. */
const WRITTEN = conformanceCases().filter(({ spec }) => !('fixedPoint' in spec))

test.each(variants)(
  'every case of the kit passes on $id using $using, and only fixed point is declined',
  async ({ id, features }) => {
    const skip = features === NO_FEATURES ? [SAME_SHADERS] : []
    const { results } = await runConformance(webgpuPackage(features), { host: node(id), skip })
    expect(results.filter(({ status }) => status === 'failed')).toEqual([])
    const written = new Set(WRITTEN.map(({ name }) => name))
    expect(results.filter((one) => one.status === 'unsupported' && written.has(one.case))).toEqual([])
    expect(results.filter(({ status }) => status === 'passed').length).toBeGreaterThan(100)
  },
)
