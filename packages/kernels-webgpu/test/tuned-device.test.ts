import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import {
  OctetError,
  tensor,
  type Constants,
  type GemmSpec,
  type KernelDevice,
  type PreparedOp,
  type StepList,
} from '@octet/core'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { WebGpuDevice } from '../src/device/device.ts'
import { waitQuietly } from '../src/open/node/wait.ts'
import { plan } from '../src/ops/plan.ts'
import type { Variant } from '../src/ops/op.ts'
import { bucketOf, deviceKey } from '../src/tune/bucket.ts'
import { recollect, TuningMemory } from '../src/tune/memory.ts'
import { tuningPath } from '../src/tune/node/store.ts'
import type { Target } from '../src/wgsl/target.ts'
import { adapters, NO_FEATURES, open } from './adapters.ts'
import { rawDevice } from './raw-device.ts'
import { LONG } from './tier.ts'

/** Adapters are known by now, so that the cache folder decides on the tuning alone. */
beforeEach(() => {
  const cache = mkdtempSync(join(tmpdir(), 'octet-cache-'))
  vi.stubEnv('XDG_CACHE_HOME', cache)
  onTestFinished(() => {
    vi.unstubAllEnvs()
    rmSync(cache, { recursive: true })
  })
})

/** With weight zero points, which no built-in workload has: nothing of it is shipped. */
function gemm(m: number, k: number, n: number): GemmSpec {
  const of = (shape: [number, number]) => ({ dtype: 'int8', shape }) as const
  return { op: 'Gemm', inputs: [of([m, k])], output: of([m, n]), weightZeroPoints: true }
}

async function prepared(device: KernelDevice, spec: GemmSpec, variant?: string): Promise<PreparedOp> {
  const [, inner] = spec.inputs[0].shape
  const [, outputs] = spec.output.shape
  return device.prepare(spec, constantsOf(outputs, inner), variant)
}

function constantsOf(outputs: number, inner: number): Constants {
  return {
    kind: 'int-weights',
    weight: tensor('int8', [outputs, inner]),
    bias: new Int32Array(outputs),
    multiplier: new Float32Array(outputs).fill(1),
    inputZeroPoint: 0,
    weightZeroPoints: new Int32Array(outputs),
    outputZeroPoint: 0,
    clamp: [-128, 127],
  }
}

const SPEC = gemm(64, 64, 64)

/** Each adapter in the long tier; the first takes the embedded SwiftShader, which compiles these shaders fastest. */
describe.each(LONG ? adapters : adapters.slice(-1))('tuning on $id', ({ id }) => {
  test('rejects no variant for its results, and is known to the next device', async () => {
    const device = await open(id)
    const choices = device.variants?.(SPEC) ?? []
    expect(choices.length).toBeGreaterThan(1)
    const [first] = (await device.tune?.([SPEC], { budgetMs: 60_000 })) ?? []
    expect(first.source).toBe('measured')
    for (const { reason } of first.rejected) expect(reason).toMatch(/^its first dispatch took/)
    expect((await prepared(device, SPEC)).variant).toBe(first.variant)
    await device.dispose()
    const again = await open(id)
    expect(await again.tune?.([SPEC], { budgetMs: 0 })).toMatchObject([
      { variant: first.variant, source: 'known' },
    ])
    expect((await prepared(again, SPEC)).variant).toBe(first.variant)
    await again.dispose()
    const text = readFileSync(join(process.env['XDG_CACHE_HOME']!, 'octet', 'webgpu-tuning.json'), 'utf8')
    expect(text).toContain(again.info.driver)
  })
})

/** The embedded SwiftShader where it is there: it compiles these shaders fastest. */
const LAST = adapters[adapters.length - 1]

/** Takes what a device has to say. */
const warn = vi.fn<(text: string) => void>()
beforeEach(() => void warn.mockClear())

/** What a device on hardware that is nobody's is made of, and its variants of SPEC. */
async function parts(): Promise<{
  raw: GPUDevice
  target: Target
  variants: readonly Variant[]
  names: string[]
}> {
  const raw = await rawDevice((sources) => sources[sources.length - 1])
  const target = { ...NO_FEATURES, id: LAST.id, software: true }
  const variants = plan(SPEC, target)
  if ('reason' in variants) throw new Error(variants.reason)
  const names = variants.map(({ name }) => name)
  expect(names.length).toBeGreaterThan(1)
  return { raw, target, variants, names }
}

/** A device that remembers a choice other than the default, on hardware that is nobody's. */
async function remembering(): Promise<{
  raw: GPUDevice
  device: WebGpuDevice
  names: string[]
  memory: TuningMemory
}> {
  const { raw, variants, names, target } = await parts()
  const memory = new TuningMemory({ [bucketOf(SPEC, variants)]: { variant: names[1], ratio: 2 } })
  return { raw, device: new WebGpuDevice(raw, LAST, target, waitQuietly, { memory, warn }), names, memory }
}

test('what is remembered is prepared, unless another variant is asked for by name', async () => {
  const { device, names } = await remembering()
  expect((await prepared(device, SPEC)).variant).toBe(names[1])
  expect((await prepared(device, SPEC, names[0])).variant).toBe(names[0])
  await expect(prepared(device, SPEC, 'none such')).rejects.toThrow(
    `has no variant "none such" of Gemm int8 [64, 64] -> int8 [64, 64]; there is ${names[0]}`,
  )
  await device.dispose()
})

describe('a variant that does not compile', () => {
  /** The driver's compiler crashes at the first shader it is given. */
  function crashOnce(raw: GPUDevice): void {
    const compile = raw.createComputePipelineAsync.bind(raw)
    let asked = 0
    raw.createComputePipelineAsync = async (descriptor) => {
      if (asked++ === 0) throw new Error('the compiler of the driver crashed')
      return compile(descriptor)
    }
  }

  test('gives way to the default if it is a remembered one, by name, and is not tried again', async () => {
    const { raw, device, names } = await remembering()
    crashOnce(raw)
    expect((await prepared(device, SPEC)).variant).toBe(names[0])
    expect(warn.mock.calls[0][0]).toMatch(
      new RegExp(`${names[0]} in place of ${names[1]}: the shader of Gemm.*does not compile: .*crashed`),
    )
    expect((await prepared(device, SPEC)).variant).toBe(names[0])
    expect(warn).toHaveBeenCalledTimes(1)
    await device.dispose()
  })

  test('gives way to the next one if it is the default itself', async () => {
    const { raw, device, names } = await remembering()
    crashOnce(raw)
    const other = gemm(64, 1024, 64)
    expect((await prepared(device, other)).variant).not.toBe(names[0])
    expect(warn.mock.calls[0][0]).toContain(`in place of ${names[0]}`)
    await device.dispose()
  })

  test('fails when it was asked for by name', async () => {
    const { raw, device, names } = await remembering()
    crashOnce(raw)
    await expect(prepared(device, SPEC, names[1])).rejects.toThrow(/does not compile: .*crashed/)
    await device.dispose()
  })
})

describe('a way to join the steps of a program that does not compile', () => {
  const small = gemm(1, 8, 8)
  const LIST: StepList = {
    tensors: Array.from({ length: 3 }, () => small.output),
    steps: [0, 1].map((from) => ({
      spec: small,
      constants: constantsOf(8, 8),
      inputs: [from],
      output: from + 1,
    })),
    written: [0],
    read: [2],
    fixed: new Map(),
  }

  /** A device whose driver compiles no shader of several steps, and the number of those that it was given. */
  async function unjoining(): Promise<{ raw: GPUDevice; device: WebGpuDevice; asked: () => number }> {
    const { raw, device } = await remembering()
    const compile = raw.createComputePipelineAsync.bind(raw)
    let asked = 0
    raw.createComputePipelineAsync = async (descriptor) => {
      if (!descriptor.label?.includes('steps from')) return compile(descriptor)
      asked++
      throw new Error('the compiler of the driver crashed')
    }
    return { raw, device, asked: () => asked }
  }

  test('gives way to ops that start one by one, by name, and is not tried again', async () => {
    const { device, asked } = await unjoining()
    for (let time = 0; time < 2; time++) {
      const program = await device.compile(LIST)
      expect(program.compilation).toBe('list')
      await program.write(0, tensor('int8', [1, 8]))
      await program.submit()
      expect((await program.read(2)).data).toEqual(new Int8Array(8))
      program.release()
    }
    expect(asked()).toBe(1)
    expect(warn.mock.calls.map(([text]) => text)).toEqual([
      expect.stringMatching(/list in place of joined: the shader of 2 steps.*does not compile: .*crashed/),
    ])
    await device.dispose()
  })

  test('fails when it was asked for by name', async () => {
    const { device } = await unjoining()
    await expect(device.compile(LIST, 'joined')).rejects.toThrow(/does not compile: .*crashed/)
    expect(warn).not.toHaveBeenCalled()
    await device.dispose()
  })

  test('is no fault of a way where the ops do not compile one by one either', async () => {
    const { raw, device } = await unjoining()
    raw.createComputePipelineAsync = async () => {
      throw new Error('the compiler of the driver crashed')
    }
    await expect(device.compile(LIST)).rejects.toThrow(/does not compile: .*crashed/)
    expect(warn).not.toHaveBeenCalled()
    await device.dispose()
  })
})

test('constants that every variant refuses are no fault of the remembered one', async () => {
  const { device, names } = await remembering()
  await expect(device.prepare(SPEC, { kind: 'none' })).rejects.toThrow(OctetError)
  expect((await prepared(device, SPEC)).variant).toBe(names[1])
  await device.dispose()
})

describe('variants that are wrong on a device', () => {
  /**
   * A device on which the shaders of some variants of SPEC, as a driver might have it, add one too many; it keeps
   * what it learns.
   */
  async function erring(isWrong: (name: string, index: number) => boolean): Promise<{
    device: WebGpuDevice
    names: string[]
  }> {
    const { raw, names, variants, target } = await parts()
    const wrong = new Set(variants.filter((one, i) => isWrong(one.name, i)).map((one) => one.build().code))
    const make = raw.createShaderModule.bind(raw)
    raw.createShaderModule = ({ code, ...others }) =>
      make({
        ...others,
        code: wrong.has(code) ? code.replace('scalars.zeroPoint,', 'scalars.zeroPoint + 1,') : code,
      })
    const memory = await recollect(LAST, target, { runtime: 'node' })
    return { device: new WebGpuDevice(raw, LAST, target, waitQuietly, { memory }), names }
  }

  test('the default among them is given up for a right one, now and in later processes', async () => {
    const first = await erring((_, i) => i === 0)
    const [tuned] = await first.device.tune([SPEC], { budgetMs: 1e6 })
    expect(tuned).toMatchObject({ source: 'measured', rejected: [{ variant: first.names[0] }] })
    expect(tuned.rejected[0].reason).toMatch(/its output is not the reference's .* differ; element/)
    expect(tuned.variant).not.toBe(first.names[0])
    expect((await prepared(first.device, SPEC)).variant).toBe(tuned.variant)
    await first.device.dispose()
    const later = await erring((_, i) => i === 0)
    expect((await prepared(later.device, SPEC)).variant).toBe(tuned.variant)
    expect((await prepared(later.device, SPEC, later.names[0])).variant).toBe(later.names[0])
    await later.device.dispose()
  })

  test('all of them: the op is declined and runs on the reference, by name, until one is right', async () => {
    const { device } = await erring(() => true)
    expect(device.supports(SPEC)).toBe(true)
    expect(await device.tune([SPEC], { budgetMs: 1e6 })).toMatchObject([{ source: 'declined' }])
    await device.dispose()
    const later = await erring(() => true)
    expect(later.device.supports(SPEC)).toEqual({
      reason: expect.stringMatching(/^none of its variants is right here \(.*not the reference's/) as string,
    })
    await expect(prepared(later.device, SPEC)).rejects.toThrow(
      /has no kernel for Gemm .*none of its variants/,
    )
    await later.device.dispose()
    const mended = await erring(() => false)
    expect(await mended.device.tune([SPEC], { budgetMs: 1e6 })).toMatchObject([
      { source: 'measured', rejected: [] },
    ])
    expect(mended.device.supports(SPEC)).toBe(true)
    await mended.device.dispose()
  })

  test('a store that an earlier octet filled with wrong choices is not believed', async () => {
    const { device, names } = await erring((_, i) => i === 1)
    const { variants, target } = await parts()
    const path = tuningPath()
    mkdirSync(dirname(path), { recursive: true })
    const choices = { [bucketOf(SPEC, variants)]: { variant: names[1], ratio: 3 } }
    const old = { format: 1, devices: { [deviceKey(LAST, target)]: choices } }
    writeFileSync(path, JSON.stringify(old))
    const memory = await recollect(LAST, target, { runtime: 'node' })
    expect(memory.recall(Object.keys(choices)[0])).toBeUndefined()
    const [tuned] = await device.tune([SPEC], { budgetMs: 1e6 })
    expect(tuned.rejected.map(({ variant }) => variant)).toEqual([names[1]])
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({
      format: 2,
      devices: {
        [deviceKey(LAST, target)]: { [Object.keys(choices)[0]]: { variant: tuned.variant } },
      },
    })
    await device.dispose()
  })
})
