import { openReference, type Pads, type Shape, tensor, type Tensor, toFloat16 } from '@octet/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Case, devices, run } from './devices.ts'

const EXTREMES = [-128, 127, -1, 0, 1]
const int8 = fc.oneof(fc.constantFrom(...EXTREMES), fc.integer({ min: -128, max: 127 }))
const stride = fc.constantFrom(1, 2)

/** Depthwise 3x3 convolutions that have an output: any borders, from none to more than the kernel's fast path takes. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    images: fc.integer({ min: 1, max: 2 }),
    channels: fc.integer({ min: 8, max: 27 }),
    height: fc.integer({ min: 1, max: 6 }),
    width: fc.integer({ min: 1, max: 7 }),
    strides: fc.tuple(stride, stride),
    pads: fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 0, max: 2 }))),
    inputZeroPoint: int8,
    outputZeroPoint: int8,
    weightZeroPoint: fc.constantFrom(0, 0, -128, 127, 5),
    bounds: fc.constantFrom<readonly [number, number]>([-128, 127], [-100, 90], [5, 5]),
    multiplier: fc.constantFrom(2 ** -20, 0.0007, 0.01, 1, 3e5),
    bias: fc.constantFrom(0, 1000, -70_000, 2_000_000_000, -2_000_000_000),
    values: fc.infiniteStream(int8),
  })
  .filter(({ height, width, pads }) => height + pads[0] + pads[2] >= 3 && width + pads[1] + pads[3] >= 3)
  .map((given): Case => {
    const { images, channels, height, width, strides, pads, values } = given
    const size = (length: number, before: number, after: number, step: number): number =>
      Math.floor((length + before + after - 3) / step) + 1
    const outHeight = size(height, pads[0], pads[2], strides[0])
    const outWidth = size(width, pads[1], pads[3], strides[1])
    const take = (length: number): Int8Array =>
      Int8Array.from({ length }, () => values.next().value as number)
    const shape = [images, channels, height, width]
    return {
      spec: {
        op: 'Conv',
        inputs: [{ dtype: 'int8', shape }],
        output: { dtype: 'int8', shape: [images, channels, outHeight, outWidth] },
        kernel: [3, 3],
        strides,
        pads: pads as unknown as Pads,
        dilations: [1, 1],
        group: channels,
        weightZeroPoints: given.weightZeroPoint !== 0,
      },
      constants: {
        kind: 'int-weights',
        weight: { dtype: 'int8', shape: [channels, 1, 3, 3], data: take(9 * channels) },
        bias: Int32Array.from({ length: channels }, (_, i) => given.bias + i),
        multiplier: Float32Array.from({ length: channels }, (_, i) => given.multiplier * (1 + i / 7)),
        inputZeroPoint: given.inputZeroPoint,
        weightZeroPoints: new Int32Array(channels).fill(given.weightZeroPoint),
        outputZeroPoint: given.outputZeroPoint,
        clamp: given.bounds,
      },
      x: { dtype: 'int8', shape, data: take(images * channels * height * width) },
    }
  })

test('depthwise 3x3 of any size, borders, strides and zero points is the reference, to the last integer', async () => {
  const reference = openReference()
  await fc.assert(
    fc.asyncProperty(cases, async (one) => {
      const expected = await run(reference, one)
      for (const device of devices) expect(await run(device, one)).toEqual(expected)
    }),
    { numRuns: 400 },
  )
})

/**
 * The same convolution of floats that are small integers: their sums are exact, whatever is fused. None is -0, because
 * the order of a sum decides the sign of its zero.
 */
function inFloats({ spec, constants, x }: Case, dtype: 'float32' | 'float16'): Case {
  if (spec.op !== 'Conv' || constants.kind !== 'int-weights') throw new Error('it is no integer convolution')
  const small = (
    shape: Shape,
    data: ArrayLike<number>,
    bits: number,
  ): Tensor<'float32'> | Tensor<'float16'> => {
    const floats = Float32Array.from(data, (value) => (value % bits) + 0)
    return dtype === 'float16' ? tensor(dtype, shape, toFloat16(floats)) : tensor(dtype, shape, floats)
  }
  const weight = small(constants.weight.shape, constants.weight.data, 4)
  return {
    spec: {
      ...spec,
      inputs: [{ dtype, shape: spec.inputs[0].shape }],
      output: { dtype, shape: spec.output.shape },
    },
    constants: {
      kind: 'float-weights',
      weight,
      bias: Float32Array.from(constants.bias, (value) => (value % 100) + 0),
      clamp: constants.outputZeroPoint > 0 ? [-Infinity, Infinity] : [0, 6],
    },
    x: small(x.shape, x.data, 16),
  }
}

test.each(['float32', 'float16'] as const)(
  'depthwise 3x3 of %s of any size, borders and strides is the reference where its sums are exact',
  async (dtype) => {
    const reference = openReference()
    await fc.assert(
      fc.asyncProperty(cases, async (one) => {
        const floats = inFloats(one, dtype)
        const expected = await run(reference, floats)
        for (const device of devices) expect((await run(device, floats)).data).toEqual(expected.data)
      }),
      { numRuns: 150 },
    )
  },
)
