import {
  fromFloat16,
  OctetError,
  tensor,
  toFloat16,
  type ClipSpec,
  type GemmSpec,
  type KernelDevice,
} from '@octet/core'
import { afterAll, describe, expect, test } from 'vitest'
import { Pipelines } from '../src/device/pipelines.ts'
import { WebGpuDevice } from '../src/device/device.ts'
import { waitQuietly } from '../src/open/node/wait.ts'
import { webgpuPackage } from '../src/package.ts'
import { adapters, NO_FEATURES, open } from './adapters.ts'
import { rawDevice } from './raw-device.ts'

const FREE = { kind: 'clamp', clamp: [-Infinity, Infinity] } as const

function clip(length: number): ClipSpec {
  const spec = { dtype: 'float32', shape: [1, length] } as const
  return { op: 'Clip', inputs: [spec], output: spec }
}

describe.each(adapters)('a device on $id', async ({ id }) => {
  const device = await open(id)
  afterAll(async () => device.dispose())

  test('runs a chain of steps in one submission, each seeing what the one before it wrote', async () => {
    const spec = { dtype: 'float32', shape: [1, 5] } as const
    const double = await device.prepare({ op: 'Add', inputs: [spec, spec], output: spec }, FREE)
    const tensors = Array.from({ length: 9 }, () => device.alloc(spec))
    await device.write(tensors[0], tensor('float32', [1, 5], Float32Array.of(1, 2, 3, 4, 5)))
    await device.submit(
      tensors.slice(1).map((output, i) => ({ op: double, inputs: [tensors[i], tensors[i]], output })),
    )
    const { data } = await device.read(tensors[8])
    expect([...data]).toEqual([256, 512, 768, 1024, 1280])
  })

  test('keeps infinities out of padding lanes, where times 0 they would be NaN and spread', async () => {
    const half = { dtype: 'float16', shape: [1, 5] } as const
    const spec: GemmSpec = { op: 'Gemm', inputs: [half], output: half, weightZeroPoints: false }
    const weight = tensor('float16', [5, 5], toFloat16(new Float32Array(25).fill(1)))
    const bias = new Float32Array(5)
    const sums = await device.prepare(spec, { kind: 'float-weights', weight, bias, clamp: FREE.clamp })
    const tensors = Array.from({ length: 4 }, () => device.alloc(half))
    await device.write(tensors[0], tensor('float16', [1, 5], toFloat16(new Float32Array(5).fill(65504))))
    await device.submit(tensors.slice(1).map((output, i) => ({ op: sums, inputs: [tensors[i]], output })))
    const { data } = await device.read(tensors[3])
    expect([...fromFloat16(data as Uint16Array)]).toEqual(Array.from({ length: 5 }, () => Infinity))
  })

  test('times each repetition by the clock it names', async () => {
    const step = await clipStep(device, 4096)
    const { clock, ns } = await device.time([step], 21)
    expect(clock).toBe(device.info.features.includes('timestamp-query') ? 'gpu' : 'wall')
    expect(ns).toHaveLength(21)
    for (const time of ns) expect(time).toBeGreaterThanOrEqual(0)
  })

  test('declines a tensor beyond the limits of the adapter, with the numbers', () => {
    const huge = clip(2 ** 31)
    expect(device.supports(huge)).toMatchObject({
      reason: expect.stringContaining('above the limit') as string,
    })
    expect(() => device.alloc(huge.output)).toThrow(/8589934592 bytes, above the limit/)
  })

  test('declines weights beyond the limits of the adapter, with the numbers', () => {
    const wide = { dtype: 'float32', shape: [1, 65_536] } as const
    const spec: GemmSpec = { op: 'Gemm', inputs: [wide], output: wide, weightZeroPoints: false }
    expect(device.supports(spec)).toMatchObject({
      reason: expect.stringMatching(
        /its weights' storage takes 17179869184 bytes, above the limit/,
      ) as string,
    })
  })

  test('declines dtypes and ranks it has no kernel for, by name', async () => {
    const bytes = { dtype: 'uint8', shape: [1, 4] } as const
    const spec: ClipSpec = { op: 'Clip', inputs: [bytes], output: bytes }
    expect(device.supports(spec)).toEqual({ reason: 'uint8 tensors are not supported' })
    await expect(device.prepare(spec, FREE)).rejects.toThrow(/Clip uint8 \[1, 4\].*uint8 tensors/)
  })

  test('refuses constants of another kind, freed tensors, released ops and tensors of another shape', async () => {
    await expect(device.prepare(clip(4), { kind: 'none' })).rejects.toThrow(OctetError)
    const { op, inputs, output } = await clipStep(device, 4)
    await expect(
      device.submit([{ op, inputs: [output], output: device.alloc(clip(8).output) }]),
    ).rejects.toThrow(/was given float32 \[1, 8\] for float32 \[1, 4\]/)
    await expect(device.write(output, tensor('int8', [1, 4]))).rejects.toThrow(/cannot be written/)
    device.free(inputs[0])
    await expect(device.submit([{ op, inputs, output }])).rejects.toThrow(/was freed/)
    device.release(op)
    await expect(device.submit([{ op, inputs: [output], output }])).rejects.toThrow(/was released/)
  })

  test('lets tensors share storage that is large enough, and only such', async () => {
    const large = device.alloc(clip(64).output)
    const small = device.alloc(clip(8).output, large)
    expect(small.capacity).toBe(large.capacity)
    expect(() => device.alloc(clip(65).output, large)).toThrow(/storage to reuse has 256/)
    device.free(small)
    await expect(device.read(large)).rejects.toThrow(/was freed/)
  })
})

test('a hundred prepared, run and released ops leave no buffer behind, and disposal none at all', async () => {
  const raw = await rawDevice()
  const live = trackBuffers(raw)
  const device = new WebGpuDevice(raw, adapters[0], { ...NO_FEATURES, ...adapters[0] }, waitQuietly)
  const cycle = async (): Promise<void> => {
    const { op, inputs, output } = await clipStep(device, 1024)
    await device.submit([{ op, inputs, output }])
    await device.read(output)
    for (const tensor of [...inputs, output]) device.free(tensor)
    device.release(op)
  }
  await cycle()
  const staging = live.size
  for (let i = 0; i < 100; i++) await cycle()
  expect(live.size).toBe(staging)
  await clipStep(device, 1024)
  expect(live.size).toBeGreaterThan(staging)
  await device.dispose()
  expect(live.size).toBe(0)
})

test('without timestamps a device times by the wall', async () => {
  const device = await open('software', webgpuPackage({ timestamps: false }))
  const { clock, ns } = await device.time([await clipStep(device, 64)], 3)
  expect({ clock, count: ns.length }).toEqual({ clock: 'wall', count: 3 })
  await device.dispose()
})

test('a lost device fails the next call, by name', async () => {
  const raw = await rawDevice()
  const device = new WebGpuDevice(raw, adapters[0], { ...NO_FEATURES, ...adapters[0] }, waitQuietly)
  raw.destroy()
  await raw.lost
  await expect(device.finish()).rejects.toThrow(`device ${adapters[0].id} was lost`)
})

test('a shader that does not compile is reported with the op, the line and the reason', async () => {
  const pipelines = new Pipelines(await rawDevice())
  const compiling = pipelines.get('\nfn main() { oops }', ['storage', 'uniform'], 'Conv int8')
  await expect(compiling).rejects.toThrow(/the shader of Conv int8 does not compile: line 2/)
})

async function clipStep(device: KernelDevice, length: number) {
  const spec = clip(length)
  const op = await device.prepare(spec, FREE)
  return { op, inputs: [device.alloc(spec.inputs[0])], output: device.alloc(spec.output) }
}

/** The buffers of a device that were made and not yet destroyed. */
function trackBuffers(device: GPUDevice): ReadonlySet<GPUBuffer> {
  const live = new Set<GPUBuffer>()
  const createBuffer = device.createBuffer.bind(device)
  device.createBuffer = (descriptor) => {
    const buffer = createBuffer(descriptor)
    const destroy = buffer.destroy.bind(buffer)
    buffer.destroy = () => {
      live.delete(buffer)
      return destroy()
    }
    live.add(buffer)
    return buffer
  }
  return live
}
