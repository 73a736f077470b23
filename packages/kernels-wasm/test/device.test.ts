import { execFileSync } from 'node:child_process'
import {
  type Constants,
  type ConvSpec,
  NO_PADS,
  openReference,
  type OpSpec,
  type Shape,
  tensor,
  type Tensor,
} from '@octet/core'
import wasm from '../dist/index.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { devices, run } from './devices.ts'

const [threads] = devices

/** An int8 convolution of random numbers that depend on its sizes alone. */
function convolution(
  [n, c, h, w]: readonly [number, number, number, number],
  outputs: number,
  kernel: number,
  stride: number,
): { spec: ConvSpec; constants: Constants; x: Tensor<'int8'> } {
  let seed = 1
  const random = (length: number): Int8Array =>
    Int8Array.from({ length }, () => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) >>> 24)
  const pad = kernel >> 1
  const size = (length: number): number => Math.floor((length + 2 * pad - kernel) / stride) + 1
  const shape = [n, c, h, w]
  return {
    spec: {
      op: 'Conv',
      inputs: [{ dtype: 'int8', shape }],
      output: { dtype: 'int8', shape: [n, outputs, size(h), size(w)] },
      kernel: [kernel, kernel],
      strides: [stride, stride],
      pads: kernel === 1 ? NO_PADS : [pad, pad, pad, pad],
      dilations: [1, 1],
      group: 1,
      weightZeroPoints: false,
    },
    constants: {
      kind: 'int-weights',
      weight: {
        dtype: 'int8',
        shape: [outputs, c, kernel, kernel],
        data: random(outputs * c * kernel * kernel),
      },
      bias: Int32Array.from(random(outputs), (value) => 100 * value),
      multiplier: new Float32Array(outputs).fill(0.004 / Math.sqrt(c * kernel * kernel)),
      inputZeroPoint: -7,
      weightZeroPoints: new Int32Array(outputs),
      outputZeroPoint: 3,
      clamp: [-128, 127],
    },
    x: { dtype: 'int8', shape, data: random(n * c * h * w) },
  }
}

test('convolutions of any size are the reference, on threads and without', async () => {
  const size = fc.integer({ min: 1, max: 19 })
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(fc.integer({ min: 1, max: 3 }), size, size, size),
      size,
      fc.constantFrom(1, 3, 5),
      fc.constantFrom(1, 2),
      async (shape, outputs, kernel, stride) => {
        const { spec, constants, x } = convolution(shape, outputs, kernel, stride)
        const expected = await run(openReference(), { spec, constants, x })
        for (const device of devices) expect(await run(device, { spec, constants, x })).toEqual(expected)
      },
    ),
    { numRuns: 60 },
  )
})

test('runs long enough to wake threads compute the same integers every time', async () => {
  const { spec, constants, x } = convolution([4, 32, 24, 24], 40, 3, 1)
  const expected = await run(openReference(), { spec, constants, x })
  const integers = Buffer.from(expected.data.buffer)
  for (let i = 0; i < 20; i++) {
    const { data } = await run(threads, { spec, constants, x })
    expect(Buffer.compare(Buffer.from(data.buffer), integers)).toBe(0)
  }
})

test('a list that is submitted again runs its steps of that moment', async () => {
  for (const device of devices) {
    const one = { dtype: 'float32', shape: [1, 8] } as const
    const ops = await Promise.all(
      [1, 2].map((bound) =>
        device.prepare({ op: 'Clip', inputs: [one], output: one }, { kind: 'clamp', clamp: [-bound, bound] }),
      ),
    )
    const [input, first, second] = [one, one, one].map((spec) => device.alloc(spec))
    const steps = ops.map((op, i) => ({ op, inputs: [input], output: [first, second][i] }))
    const changing = [steps[0]]
    const answer = async (value: number): Promise<readonly number[]> => {
      await device.write(input, tensor('float32', one.shape, new Float32Array(8).fill(value)))
      // Another list in between takes the place of the words.
      await device.submit(steps.toReversed())
      await device.submit(changing)
      return Promise.all([first, second].map(async (held) => (await device.read(held)).data[7]))
    }
    expect(await answer(9)).toEqual([1, 2])
    expect(await answer(-9)).toEqual([-1, -2])
    changing[0] = { ...steps[1], output: first }
    expect(await answer(9)).toEqual([2, 2])
    changing.push(steps[0])
    expect(await answer(9)).toEqual([1, 2])
    changing.length = 0
    await device.write(first, tensor('float32', one.shape))
    await device.submit(changing)
    expect((await device.read(first)).data[0]).toBe(0)
  }
})

test('a Reshape whose output is a view of its input takes no call; one that moves bytes is no view', async () => {
  const [device] = devices
  const reshape = (from: Shape, to: Shape): OpSpec => ({
    op: 'Reshape',
    inputs: [{ dtype: 'int8', shape: from }],
    output: { dtype: 'int8', shape: to },
  })
  for (const [from, to, view] of [
    [[1, 64, 1, 1], [1, 64], true],
    [[1, 1, 28, 28], [1, 784], true],
    [[1, 12, 1, 1], [1, 12], true],
    [[1, 16, 7, 7], [1, 784], false],
    [[2, 12], [1, 24], false],
  ] as const)
    expect([from, to, device.views?.(reshape(from, to))]).toEqual([from, to, view])
})

test('a device goes on after its memory has grown', async () => {
  for (const device of devices) {
    const held = device.alloc({ dtype: 'float32', shape: [1, 8, 1024, 1024] })
    const { spec, constants, x } = convolution([1, 8, 9, 9], 8, 3, 1)
    expect(await run(device, { spec, constants, x })).toEqual(
      await run(openReference(), { spec, constants, x }),
    )
    device.free(held)
  }
})

test('the refusal of an unknown adapter lists the known ones', async () => {
  for (const adapter of ['hardware', 'swiftshader'])
    expect(await wasm.open({ runtime: 'node', adapter })).toMatchObject({
      unavailable: expect.stringContaining(adapter) as string,
      mend: expect.stringContaining('wasm-1-thread') as string,
    })
})

test('a process that opened threads and does not dispose of them ends by itself', () => {
  const entry = new URL('../dist/index.js', import.meta.url).href
  const script = `const { default: wasm } = await import(${JSON.stringify(entry)})
    const device = await wasm.open({ runtime: 'node', adapter: 'wasm' })
    console.log(device.info.id)`
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script])
  expect(String(printed).trim()).toBe('wasm')
})

test('Softmax of int8 is declined: it has no kernel', () => {
  const int8 = { dtype: 'int8', shape: [1, 8] } as const
  const [device] = devices
  expect(device.supports({ op: 'Softmax', inputs: [int8], output: int8 })).toEqual({
    reason: 'is computed on floats only',
  })
})
