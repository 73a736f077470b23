import { conformanceCases, judge } from '@octet/core/conformance'
import { afterAll, describe, expect, test } from 'vitest'
import { webgpuPackage } from '../src/package.ts'
import { adapters, open } from './adapters.ts'

/** One row, fifteen, more than the largest tile on both sides, and a window whose sums are corrected. */
const CASES = conformanceCases().filter(({ name }) =>
  /1x1003x37|int8: 15x|130x36x129|3 channels to 17, batch 3, weight zero points/.test(name),
)
const TILES = ['tile 128x128', 'tile 64x64', 'tile 128x32', 'tile 32x32']

/** lavapipe would compile these shaders for minutes. */
const id = 'swiftshader'
describe.skipIf(adapters.every((adapter) => adapter.id !== id))(
  'what GPUs are offered that shares workgroup memory',
  async () => {
    const device = await open(id, webgpuPackage({ software: false, packedDot: true }))
    afterAll(async () => device.dispose())

    test.each(CASES)('$name equals the reference by every tile, or by gemv', async (one) => {
      const names = (device.variants?.(one.spec) ?? []).filter((name) => /^tile|^gemv/.test(name))
      const few = one.spec.op === 'Gemm' && one.spec.output.shape[0] <= 16
      if (one.spec.op === 'Gemm') expect(names).toEqual(few ? ['gemv'] : TILES)
      for (const name of names) expect(await judge(device, one, name), name).toEqual({ status: 'passed' })
    })
  },
)
