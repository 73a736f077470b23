import type { GemmSpec } from '@octet/core'
import { conformanceCases } from '@octet/core/conformance'
import { describe, expect, test } from 'vitest'
import { WebGpuDevice } from '../src/device/device.ts'
import { waitQuietly } from '../src/open/node/wait.ts'
import { plan } from '../src/ops/plan.ts'
import type { Target } from '../src/wgsl/target.ts'
import { adapters, NO_FEATURES } from './adapters.ts'
import { APPLE, NVIDIA } from './null-device.ts'
import { rawDevice } from './raw-device.ts'

const PLAIN: Target = { ...NO_FEATURES, id: 'none', software: true }
const LAVAPIPE: Target = {
  ...PLAIN,
  shaderF16: true,
  packedDot: true,
  subgroups: { min: 8, max: 8 },
}

test.each([
  ['an NVIDIA GPU', NVIDIA],
  ['an Apple GPU', APPLE],
  ['lavapipe', LAVAPIPE],
  ['an adapter without features', PLAIN],
])('weights take as many bytes as is said before they are packed, by every variant for %s', (_, target) => {
  let weighed = 0
  for (const { name, spec, constants } of conformanceCases({ ops: ['Conv', 'Gemm'] })) {
    const choices = plan(spec, target)
    if ('reason' in choices) continue
    for (const choice of choices) {
      const kernel = choice.build()
      const [, ...weights] = kernel.pack(constants)
      const bytes = weights.map(({ byteLength }) => byteLength)
      expect(bytes, `${name} by ${choice.name}`).toEqual(kernel.weightBytes)
      weighed++
    }
  }
  expect(weighed).toBeGreaterThan(300)
})

describe('a device that binds little', async () => {
  const most = 2 ** 20
  const raw = await rawDevice()
  Object.defineProperty(raw, 'limits', {
    value: new Proxy(raw.limits, {
      get: (limits, name: keyof GPUSupportedLimits) =>
        name === 'maxStorageBufferBindingSize' ? most : limits[name],
    }),
  })
  const target = { ...LAVAPIPE, software: false }
  const device = new WebGpuDevice(raw, adapters[0], target, waitQuietly)

  const gemm = (rows: number, depth: number, outputs: number): GemmSpec => ({
    op: 'Gemm',
    inputs: [{ dtype: 'float32', shape: [rows, depth] }],
    output: { dtype: 'float32', shape: [rows, outputs] },
    weightZeroPoints: false,
  })

  test('declines variants whose padded weights do not fit, and keeps those whose do', () => {
    // 1028 x 252 float32 take 1,036,224 bytes; tiles of 128 outputs pad them past 2^20.
    const names = device.variants(gemm(200, 252, 1028))
    expect(names).toContain('direct')
    expect(names.some((name) => name.startsWith('tile 128'))).toBe(false)
    expect(device.variants(gemm(200, 252, 1024)).some((name) => name.startsWith('tile 128'))).toBe(true)
  })

  test('declines a spec whose padded weights no variant fits, with the bytes', () => {
    expect(device.supports(gemm(1, 4, 40_000))).toBe(true)
    // Unpadded they take 800,000 bytes.
    expect(device.supports(gemm(1, 5, 40_000))).toMatchObject({
      reason: expect.stringMatching(
        /^its weights' storage takes 1280000 bytes, above the limit of 1048576/,
      ) as string,
    })
  })
})
