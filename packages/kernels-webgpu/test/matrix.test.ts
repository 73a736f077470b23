import { conformanceCases, judge } from '@octet/core/conformance'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { webgpuPackage } from '../src/package.ts'
import type { MatrixConfig } from '../src/wgsl/target.ts'
import type { GemmSpec } from '@octet/core'
import { WebGpuDevice } from '../src/device/device.ts'
import { isMatrixName } from '../src/ops/contract/matrix.ts'
import { waitQuietly } from '../src/open/node/wait.ts'
import { TuningMemory } from '../src/tune/memory.ts'
import { adapters, open, targetOf } from './adapters.ts'
import { NVIDIA } from './null-device.ts'
import { rawDevice } from './raw-device.ts'
import { LANES } from './plain-matrices.ts'
import { LONG, tierOf } from './tier.ts'

vi.mock(import('../src/ops/contract/matrices.ts'), async () => {
  const { plainMatrices } = await import('./plain-matrices.ts')
  return { matricesOf: plainMatrices }
})

const CONFIGS: readonly MatrixConfig[] = [
  { component: 'f32', result: 'f32', M: 16, N: 16, K: 16 },
  { component: 'f16', result: 'f32', M: 16, N: 16, K: 16 },
  { component: 'i8', result: 'i32', M: 16, N: 16, K: 32 },
]
/** Of the larger tiles, whose shaders take a CPU adapter seconds to compile, one case is computed. */
const LARGE = 'Gemm int8: 130x36x129'

/** SwiftShader has no halves, and lavapipe compiles each of these shaders for ten seconds. */
const ADAPTERS = [
  {
    id: 'swiftshader',
    what: 'fp32 and int8',
    cases: LONG ? /fp32|int8/ : /(fp32|int8): (17x3x64|130x36x129|3x3, 16 to 32 channels)/,
  },
  { id: 'lavapipe', what: 'fp16', cases: LONG ? /fp16: (17x3x64|3x3, 16 to 32 channels)/ : /fp16: 17x3x64/ },
]

describe.each(ADAPTERS)('with the builtins emulated on $id', async ({ id, what, cases }) => {
  const there = adapters.some((adapter) => adapter.id === id)
  const features = { software: false, subgroups: { min: LANES, max: LANES }, matrices: CONFIGS }
  const device = there ? await open(id, webgpuPackage(features)) : undefined
  afterAll(async () => device?.dispose())

  test.skipIf(device === undefined)(
    `Conv and Gemm of ${what} by subgroup matrices equal the reference`,
    async () => {
      if (device === undefined) return
      const computed = new Set<string>()
      const chosen = conformanceCases({ ops: ['Conv', 'Gemm'] }).filter(
        (one) => cases.test(one.name) && device.supports(one.spec) === true,
      )
      const inTier = tierOf(
        chosen.map(({ spec }) => spec),
        await targetOf(id, features),
      )
      for (const one of chosen) {
        for (const variant of device.variants?.(one.spec) ?? []) {
          if (!(one.name === LARGE ? /^matrix/ : /^matrix 32x32/).test(variant)) continue
          if (!inTier(one.spec, variant)) continue
          computed.add(variant)
          expect(await judge(device, one, variant), `${one.name} by ${variant}`).toEqual({ status: 'passed' })
        }
      }
      expect(computed.size).toBeGreaterThan(0)
    },
  )
})

test.skipIf(adapters.length === 0)(
  'what tuning finds to be trusted is used from then on, and tiles until then',
  async () => {
    const base = { ...NVIDIA, matrices: [] }
    const raw = await rawDevice()
    let tried = 0
    const extend = async () => {
      tried++
      return { target: NVIDIA, memory: new TuningMemory() }
    }
    const device = new WebGpuDevice(raw, adapters[0], base, waitQuietly, { extend })
    const of = (shape: number[]) => ({ dtype: 'int8' as const, shape })
    const spec: GemmSpec = {
      op: 'Gemm',
      inputs: [of([256, 64])],
      output: of([256, 256]),
      weightZeroPoints: false,
    }
    expect(device.variants(spec)[0]).toBe('tile 128x128')
    expect(device.variants(spec).filter(isMatrixName)).toEqual([])
    await device.tune([], { budgetMs: 0 })
    expect(tried).toBe(0)
    await device.tune([], { budgetMs: 1 })
    expect(device.variants(spec)[0]).toBe('matrix 128x128 by 16x16x32')
    await device.tune([], { budgetMs: 1 })
    expect(tried).toBe(1)
    await device.dispose()
  },
)
