import { conformanceCases, judge } from '@octet/core/conformance'
import { afterAll, describe, expect, test } from 'vitest'
import { webgpuPackage } from '../src/package.ts'
import { adapters, open, targetOf } from './adapters.ts'
import { tierOf } from './tier.ts'

/** One row, fifteen, more than the largest tile on both sides, and a window whose sums are corrected. */
const CASES = conformanceCases({ ops: ['Conv', 'Gemm'] }).filter(({ name }) =>
  /1x1003x37|int8: 15x|130x36x129|3 channels to 17, batch 3, weight zero points/.test(name),
)
const TILES = ['tile 128x128', 'tile 64x64', 'tile 128x32', 'tile 32x32']

/** lavapipe would compile these shaders for minutes. */
const id = 'swiftshader'
describe.skipIf(adapters.every((adapter) => adapter.id !== id))(
  'what GPUs are offered that shares workgroup memory',
  async () => {
    const features = { software: false, packedDot: true }
    const device = await open(id, webgpuPackage(features))
    const inTier = tierOf(
      CASES.map(({ spec }) => spec),
      await targetOf(id, features),
    )
    afterAll(async () => device.dispose())

    test('equals the reference by every tile and by gemv, on sizes around them', async () => {
      const tried = new Set<string>()
      for (const one of CASES) {
        const names = (device.variants?.(one.spec) ?? []).filter((name) => /^tile|^gemv/.test(name))
        const few = one.spec.op === 'Gemm' && one.spec.output.shape[0] <= 16
        if (one.spec.op === 'Gemm') expect(names).toEqual(few ? ['gemv'] : TILES)
        for (const name of names.filter((variant) => inTier(one.spec, variant))) {
          expect(await judge(device, one, name), `${one.name} by ${name}`).toEqual({ status: 'passed' })
          tried.add(name)
        }
      }
      expect(tried).toContain('gemv')
      expect([...tried].some((name) => name.startsWith('tile'))).toBe(true)
    })
  },
)
