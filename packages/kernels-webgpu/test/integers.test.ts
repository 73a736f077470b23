import {
  elements,
  openReference,
  tensor,
  type Constants,
  type ConvSpec,
  type KernelDevice,
  type Tensor,
} from '@octet/core'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { webgpuPackage } from '../src/package.ts'
import { compiling, open, targetOf } from './adapters.ts'
import { LONG, tierOf } from './tier.ts'

const size = (min: number, max: number) => fc.integer({ min, max })
const pair = (min: number, max: number) => fc.tuple(size(min, max), size(min, max))

/** Convolutions of any geometry that yields an output, their numbers drawn from a seed. */
const convolutions = fc
  .record({
    batch: size(1, 3),
    group: size(1, 6),
    groupInputs: size(1, 9),
    groupOutputs: size(1, 9),
    image: pair(1, 12),
    kernel: pair(1, 5),
    strides: pair(1, 3),
    dilations: pair(1, 2),
    before: pair(0, 3),
    after: pair(0, 3),
    weightZeroPoints: fc.boolean(),
    seed: size(1, 2 ** 31 - 1),
  })
  .map(({ batch, group, groupInputs, groupOutputs, image, before, after, seed, ...window }) => {
    const out = ([0, 1] as const).map((axis) => {
      const span = (window.kernel[axis] - 1) * window.dilations[axis] + 1
      return Math.floor((image[axis] + before[axis] + after[axis] - span) / window.strides[axis]) + 1
    })
    const spec: ConvSpec = {
      op: 'Conv',
      inputs: [{ dtype: 'int8', shape: [batch, group * groupInputs, ...image] }],
      output: { dtype: 'int8', shape: [batch, group * groupOutputs, ...out] },
      pads: [...before, ...after],
      group,
      ...window,
    }
    return { spec, seed }
  })
  .filter(({ spec }) => spec.output.shape.every((length) => length > 0))

describe.each(compiling)('on $id using $using', async ({ id, features }) => {
  const device = await open(id, webgpuPackage(features))
  const reference = openReference()
  afterAll(async () => device.dispose())

  test('int8 convolutions of any geometry equal the reference, by any variant', async () => {
    await fc.assert(
      fc.asyncProperty(convolutions, async ({ spec, seed }) => {
        const bytes = xorshift(seed)
        const x = int8(spec.inputs[0].shape, bytes)
        const constants = constantsOf(spec, bytes)
        const variants = device.variants?.(spec) ?? []
        const variant = variants[seed % variants.length]
        expect(await convolve(device, spec, constants, x, variant), variant).toEqual(
          await convolve(reference, spec, constants, x),
        )
      }),
      // Each compiles a shader.
      { numRuns: LONG ? 200 : 20, seed: 1 },
    )
  })

  test('sums of thousands of extreme products are exact, though float32 cannot count so far', async () => {
    const [inputs, outputs] = [4099, 5]
    const spec: ConvSpec = {
      op: 'Conv',
      inputs: [{ dtype: 'int8', shape: [1, inputs, 1, 3] }],
      output: { dtype: 'int8', shape: [1, outputs, 1, 2] },
      kernel: [1, 2],
      strides: [1, 1],
      pads: [0, 0, 0, 0],
      dilations: [1, 1],
      group: 1,
      weightZeroPoints: false,
    }
    const sum = 2 * inputs * 127 * -127
    const constants: Constants = {
      kind: 'int-weights',
      weight: filled([outputs, inputs, 1, 2], 127),
      bias: Int32Array.from({ length: outputs }, (_, m) => m - sum),
      multiplier: new Float32Array(outputs).fill(1),
      inputZeroPoint: 0,
      weightZeroPoints: new Int32Array(outputs),
      outputZeroPoint: 0,
      clamp: [-128, 127],
    }
    const x = filled([1, inputs, 1, 3], -127)
    const inTier = tierOf([spec], await targetOf(id, features))
    const names = (device.variants?.(spec) ?? []).filter((name) => inTier(spec, name))
    expect(names).toContain('direct')
    for (const variant of names) {
      const { data } = await convolve(device, spec, constants, x, variant)
      expect([...data], variant).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4])
    }
  })
})

async function convolve(
  device: KernelDevice,
  spec: ConvSpec,
  constants: Constants,
  x: Tensor,
  variant?: string,
): Promise<Tensor> {
  const op = await device.prepare(spec, constants, variant)
  const [input, output] = [device.alloc(spec.inputs[0]), device.alloc(spec.output)]
  await device.write(input, x)
  await device.submit([{ op, inputs: [input], output }])
  const y = await device.read(output)
  device.free(input)
  device.free(output)
  device.release(op)
  return y
}

function constantsOf(spec: ConvSpec, next: () => number): Constants {
  const outputs = spec.output.shape[1]
  const shape = [outputs, spec.inputs[0].shape[1] / spec.group, ...spec.kernel]
  const spread = 5500 * Math.sqrt(elements(shape) / outputs)
  return {
    kind: 'int-weights',
    weight: int8(shape, next),
    bias: Int32Array.from({ length: outputs }, () => next() * 50),
    multiplier: Float32Array.from({ length: outputs }, () => (60 + (next() & 63)) / spread),
    inputZeroPoint: next(),
    weightZeroPoints: Int32Array.from({ length: outputs }, () => (spec.weightZeroPoints ? next() : 0)),
    outputZeroPoint: next() >> 2,
    clamp: [-100, 120],
  }
}

function int8(shape: readonly number[], next: () => number): Tensor<'int8'> {
  return tensor('int8', shape, Int8Array.from({ length: elements(shape) }, next))
}

function filled(shape: readonly number[], value: number): Tensor<'int8'> {
  return tensor('int8', shape, new Int8Array(elements(shape)).fill(value))
}

/** Marsaglia's xorshift32, as signed bytes. */
function xorshift(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state << 24) >> 24
  }
}
