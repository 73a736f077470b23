import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { isDevice } from '@octet/core'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { hasSwiftShader } from '../src/open/node/swiftshader.ts'
import { describeAll, infoOf, type Source } from '../src/open/source.ts'
import { webgpuPackage } from '../src/package.ts'
import { adapters, NO_FEATURES, node, open } from './adapters.ts'

const run = promisify(execFile)

describe('adapters', () => {
  test.skipIf(!hasSwiftShader)('the embedded SwiftShader is there on Linux x64, whatever else is', () => {
    expect(adapters.map(({ id }) => id)).toContain('swiftshader')
  })

  test('hardware comes before software, and lavapipe before SwiftShader', () => {
    const ranks = adapters.map(({ id, software }) => (software ? (id === 'lavapipe' ? 1 : 2) : 0))
    expect(ranks).toEqual(ranks.toSorted((a, b) => a - b))
  })

  test('every adapter opens by its id, all in one process, and says what it is', async () => {
    const devices = await Promise.all(adapters.map(async ({ id }) => open(id)))
    expect(devices.map(({ info }) => info)).toEqual(adapters)
    for (const device of devices) await device.dispose()
  })

  test('an unknown adapter is unavailable, and the reason lists those there are', async () => {
    const opened = await webgpuPackage().open(node('voodoo2'))
    expect(isDevice(opened)).toBe(false)
    if (isDevice(opened)) return
    expect(opened.unavailable).toContain('voodoo2')
    for (const { id } of adapters) expect(opened.unavailable).toContain(id)
  })

  test('the modes say how each precision is computed, the fallbacks included', async () => {
    const device = await open('software', webgpuPackage(NO_FEATURES))
    expect(device.info.modes).toMatchObject({
      fp32: 'f32',
      fp16: 'packed halves (unpack2x16float), f32 arithmetic',
      int8: expect.stringContaining('unpacked bytes, exact f32 products') as string,
    })
    await device.dispose()
  })

  test('the diagnosis names the binding, the loader and every adapter', async () => {
    const findings = (await webgpuPackage().diagnose?.(node('auto'))) ?? []
    const subjects = findings.map(({ subject }) => subject)
    expect(subjects).toContain('Dawn binding')
    for (const { id } of adapters) expect(subjects).toContain(`adapter ${id}`)
    for (const { ok, mend } of findings) if (!ok) expect(mend).toBeTypeOf('string')
  })
})

describe('an implementation of WebGPU that leaves things out', () => {
  /** An adapter with nothing but what the earliest browsers had. */
  const adapter = { features: new Set(['timestamp-query']), limits: {} } as unknown as GPUAdapter
  const gpu = { requestAdapter: async () => adapter } as unknown as GPU

  test('is described though it has neither adapter.info nor wgslLanguageFeatures', () => {
    const source = {
      gpu,
      info: infoOf(adapter),
      features: adapter.features,
      limits: adapter.limits,
      backend: 'browser',
    } as unknown as Source
    const [{ info, target, offered }] = describeAll([source], {})
    expect(info).toMatchObject({ id: 'unknown', name: 'unnamed adapter', driver: '', software: false })
    expect(info.features).toEqual(['timestamp-query'])
    expect(target).toMatchObject({ packedDot: false, subgroups: undefined, matrices: [] })
    expect(offered).toEqual([])
  })

  test('is found in a browser', async () => {
    vi.stubGlobal('navigator', { gpu })
    onTestFinished(() => void vi.unstubAllGlobals())
    const found = (await webgpuPackage().adapters?.({ runtime: 'browser', adapter: 'auto' })) ?? []
    expect(found.map(({ id }) => id)).toEqual(['unknown'])
  })
})

test('matrices that an adapter offers are told of, and not used before they are tried', async () => {
  const features = new Set(['subgroups', 'chromium-experimental-subgroup-matrix'])
  const config = { componentType: 'i8', resultComponentType: 'i32', M: 16, N: 16, K: 32 }
  const info = {
    vendor: 'nvidia',
    architecture: 'ada',
    device: '',
    description: '',
    subgroupMatrixConfigs: [config],
  }
  const source = { gpu: {}, info, features, limits: {}, backend: 'vulkan' } as unknown as Source
  const [described] = describeAll([source], {})
  expect(described.offered).toEqual([{ component: 'i8', result: 'i32', M: 16, N: 16, K: 32 }])
  expect(described.target.matrices).toEqual([])
  expect(described.info.modes['subgroupMatrix']).toBe('i8 16x16x32 into i32; used once tuning has tried them')
})

describe.skipIf(!hasSwiftShader)('the cache of the embedded SwiftShader', () => {
  test('processes that unpack at once all find whole files, and leave nothing else behind', async () => {
    const cache = await mkdtemp(join(tmpdir(), 'octet-unpack-'))
    onTestFinished(async () => rm(cache, { recursive: true }))
    const module = new URL('../dist/open/node/swiftshader.js', import.meta.url).href
    const script = `
      const { unpackSwiftShader } = await import(${JSON.stringify(module)})
      process.stdout.write(JSON.stringify(await unpackSwiftShader(${JSON.stringify(cache)})))`
    const runs = await Promise.all(
      Array.from({ length: 3 }, async () => run(process.execPath, ['--input-type=module', '--eval', script])),
    )
    const found = runs.map(({ stdout }) => JSON.parse(stdout) as { manifest: string; loader: string })
    expect(new Set(found.map(({ manifest }) => manifest)).size).toBe(1)
    expect(await readdir(cache)).toHaveLength(1)
    const driver = await stat(join(found[0].manifest, '..', 'libvk_swiftshader.so'))
    expect(driver.size).toBeGreaterThan(1_000_000)
  })
})
