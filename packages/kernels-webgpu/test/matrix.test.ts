import { conformanceCases, judge } from '@octet/core/conformance'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { webgpuPackage } from '../src/package.ts'
import type { MatrixConfig } from '../src/wgsl/target.ts'
import { adapters, COMPILING_MS, open } from './adapters.ts'
import { LANES } from './plain-matrices.ts'

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
  { id: 'swiftshader', what: 'fp32 and int8', cases: /fp32|int8/ },
  { id: 'lavapipe', what: 'fp16', cases: /fp16: (17x3x64|3x3, 16 to 32 channels)/ },
]

describe.each(ADAPTERS)('with the builtins emulated on $id', async ({ id, what, cases }) => {
  const there = adapters.some((adapter) => adapter.id === id)
  const device = there
    ? await open(
        id,
        webgpuPackage({ software: false, subgroups: { min: LANES, max: LANES }, matrices: CONFIGS }),
      )
    : undefined
  afterAll(async () => device?.dispose())

  test.skipIf(device === undefined)(
    `Conv and Gemm of ${what} by subgroup matrices equal the reference`,
    async () => {
      if (device === undefined) return
      const computed = new Set<string>()
      for (const one of conformanceCases()) {
        if (!cases.test(one.name) || device.supports(one.spec) !== true) continue
        for (const variant of device.variants?.(one.spec) ?? []) {
          if (!(one.name === LARGE ? /^matrix/ : /^matrix 32x32/).test(variant)) continue
          computed.add(variant)
          expect(await judge(device, one, variant), `${one.name} by ${variant}`).toEqual({ status: 'passed' })
        }
      }
      expect(computed.size).toBeGreaterThan(0)
    },
    COMPILING_MS,
  )
})
