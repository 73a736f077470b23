import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GemmSpec, KernelDevice } from '@octet/core'
import { expect, onTestFinished, test, vi } from 'vitest'
import type * as Discover from '../src/open/node/discover.ts'
import { isMatrixName } from '../src/ops/contract/matrix.ts'
import { trialsPath } from '../src/matrices/node/store.ts'
import { webgpuPackage } from '../src/package.ts'
import { adapters, node, open } from './adapters.ts'

/** The adapters of this machine, as if each offered products of bytes: what they compute with is not asked here. */
vi.mock(import('../src/open/node/discover.ts'), async (importOriginal) => {
  const original: typeof Discover = await importOriginal()
  const TOLD = [
    'vendor',
    'architecture',
    'device',
    'description',
    'subgroupMinSize',
    'subgroupMaxSize',
  ] as const
  const config = { componentType: 'i8', resultComponentType: 'i32', M: 16, N: 16, K: 32 }
  const discover = async (): Promise<Discover.Discovery> => {
    const found = await original.discover()
    const { sources } = found
    if ('unavailable' in sources) return found
    const offering = sources.map((source) => {
      // The adapter's information lies behind getters of its own, which a spread would leave out.
      const told = Object.fromEntries(TOLD.map((name) => [name, source.info[name]]))
      const info = { ...told, subgroupMatrixConfigs: [config] } as unknown as GPUAdapterInfo
      return Object.assign(Object.create(source) as typeof source, {
        info,
        features: new Set([...source.features, 'chromium-experimental-subgroup-matrix']),
      })
    })
    return { ...found, sources: offering }
  }
  return { ...original, discover }
})

const SPEC: GemmSpec = {
  op: 'Gemm',
  inputs: [{ dtype: 'int8', shape: [256, 64] }],
  output: { dtype: 'int8', shape: [256, 256] },
  weightZeroPoints: false,
}

const hasMatrices = (device: KernelDevice): boolean => (device.variants?.(SPEC) ?? []).some(isMatrixName)

test.skipIf(adapters.length === 0)(
  'a device begins with tiles, tries what its adapter offers in another process, and remembers what came of it',
  async () => {
    const cache = mkdtempSync(join(tmpdir(), 'octet-package-'))
    vi.stubEnv('XDG_CACHE_HOME', cache)
    onTestFinished(() => {
      vi.unstubAllEnvs()
      vi.restoreAllMocks()
      rmSync(cache, { recursive: true })
    })
    // Adapters that compute on the CPU are not offered matrices.
    const kernels = webgpuPackage({ software: false })
    const { id } = adapters[0]
    const first = await open(id, kernels)
    expect(hasMatrices(first)).toBe(false)
    // The other process sees the adapter as it is.
    await first.tune?.([], { budgetMs: 1 })
    expect(hasMatrices(first)).toBe(false)
    await first.dispose()
    const kept = readFileSync(trialsPath(), 'utf8')
    expect(kept).toContain('no case of the conformance kit is computed by them')
    const told = (await kernels.diagnose?.(node(id))) ?? []
    expect(told.find(({ subject }) => subject === `i8 matrices of ${id}`)).toMatchObject({ ok: false })

    const passed = JSON.parse(kept) as { devices: Record<string, { i8: object }> }
    const [key] = Object.keys(passed.devices)
    const { shaders } = passed.devices[key].i8 as { shaders: string }
    passed.devices[key].i8 = { passed: true, tried: 9, shaders }
    writeFileSync(trialsPath(), JSON.stringify(passed))
    const later = await open(id, kernels)
    expect(hasMatrices(later)).toBe(true)
    await later.dispose()
  },
)
