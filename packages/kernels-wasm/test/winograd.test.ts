import { type ConvSpec, type KernelDevice, openReference, type Pads, type Tensor } from '@octet/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { devices, run } from './devices.ts'

const WINOGRAD = 'int16 Winograd F(4x4, 3x3)'
const DIRECT = 'int16 dot product'

const [device] = devices

interface Sizes {
  readonly x: readonly [n: number, c: number, h: number, w: number]
  readonly outputs: number
  readonly pads: Pads
  readonly weightZeroPoints: boolean
}

function convolution({ x: [n, c, h, w], outputs, pads, weightZeroPoints }: Sizes): ConvSpec {
  const output = [n, outputs, h + pads[0] + pads[2] - 2, w + pads[1] + pads[3] - 2]
  return {
    op: 'Conv',
    inputs: [{ dtype: 'int8', shape: [n, c, h, w] }],
    output: { dtype: 'int8', shape: output },
    kernel: [3, 3],
    strides: [1, 1],
    pads,
    dilations: [1, 1],
    group: 1,
    weightZeroPoints,
  }
}

/** Where the integers of a convolution come from. */
interface Draw {
  readonly input: () => number
  readonly weight: () => number
  readonly zeroPoint: () => number
}

/** What Winograd's variant computes on a device, and what the reference does. */
async function both(
  on: KernelDevice,
  spec: ConvSpec,
  { input, weight, zeroPoint }: Draw,
  multiplier: number,
): Promise<readonly [Tensor, Tensor]> {
  const [n, c, h, w] = spec.inputs[0].shape
  const outputs = spec.output.shape[1]
  const constants = {
    kind: 'int-weights',
    weight: {
      dtype: 'int8',
      shape: [outputs, c, 3, 3],
      data: Int8Array.from({ length: outputs * c * 9 }, weight),
    },
    bias: Int32Array.from({ length: outputs }, () => 1000 * weight()),
    multiplier: new Float32Array(outputs).fill(multiplier),
    inputZeroPoint: zeroPoint(),
    weightZeroPoints: Int32Array.from({ length: outputs }, () => (spec.weightZeroPoints ? zeroPoint() : 0)),
    outputZeroPoint: 3,
    clamp: [-128, 127],
  } as const
  const x = {
    dtype: 'int8',
    shape: [n, c, h, w],
    data: Int8Array.from({ length: n * c * h * w }, input),
  } as const
  const one = { spec, constants, x }
  return [await run(on, { ...one, variant: WINOGRAD }), await run(openReference(), one)]
}

/** Integers of one seed: any of int8, or only its ends. */
function integers(seed: number, extreme: boolean): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return extreme ? (state >>> 31) * 255 - 128 : (state >>> 24) - 128
  }
}

test('Winograd convolutions of any size, padding and zero point match the reference, threaded or not', async () => {
  const size = fc.integer({ min: 1, max: 21 })
  const pad = fc.integer({ min: 1, max: 4 })
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        x: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 8, max: 40 }), size, size),
        outputs: fc.integer({ min: 1, max: 40 }),
        pads: fc.tuple(pad, pad, pad, pad),
        weightZeroPoints: fc.boolean(),
      }),
      fc.nat(),
      fc.boolean(),
      async (sizes, seed, extreme) => {
        const multiplier = 0.01 / Math.sqrt(9 * sizes.x[1])
        for (const on of devices) {
          const any = integers(seed, extreme)
          const draw = { input: any, weight: any, zeroPoint: any }
          const [y, expected] = await both(on, convolution(sizes), draw, multiplier)
          expect(y).toEqual(expected)
        }
      },
    ),
    { numRuns: 60 },
  )
})

const square: Sizes = { x: [1, 16, 8, 8], outputs: 8, pads: [1, 1, 1, 1], weightZeroPoints: false }

test('it is offered up to the channels whose largest sums fit, and there they are right', async () => {
  for (const [weightZeroPoints, most] of [
    [false, 227],
    [true, 114],
  ] as const) {
    const spec = (channels: number): ConvSpec =>
      convolution({ ...square, x: [1, channels, 8, 8], weightZeroPoints })
    expect(device.variants?.(spec(most + 1))).not.toContain(WINOGRAD)
    expect(device.variants?.(spec(most))).toContain(WINOGRAD)
    // The largest sums there are; multiplied so that one wrong by 2^26, as an overflow makes it, shows.
    const draw = { input: () => -128, weight: () => -128, zeroPoint: () => 127 }
    const [y, expected] = await both(device, spec(most), draw, 1e-6)
    expect(y).toEqual(expected)
  }
})

test('strides, dilations, groups, other kernels and few channels are computed directly', () => {
  const spec = convolution(square)
  expect(device.variants?.(spec)).toContain(WINOGRAD)
  const others: readonly ConvSpec[] = [
    { ...spec, strides: [2, 1], output: { dtype: 'int8', shape: [1, 8, 4, 8] } },
    { ...spec, dilations: [1, 2], pads: [1, 2, 1, 2] },
    { ...spec, group: 2 },
    { ...spec, kernel: [1, 3], pads: [0, 1, 0, 1] },
    convolution({ ...square, x: [1, 7, 8, 8] }),
  ]
  for (const other of others) expect(device.variants?.(other)).not.toContain(WINOGRAD)
})

test('it is preferred where its patches are full, and the direct way where they would be mostly empty', () => {
  const of = (size: number): readonly string[] | undefined =>
    device.variants?.(convolution({ ...square, x: [1, 16, size, size] }))
  expect(of(8)?.at(-1)).toBe(DIRECT)
  expect(of(2)?.at(-1)).toBe(WINOGRAD)
})

test('the memory that its weights take, four times that of the direct way, is reported', async () => {
  const spec = convolution({ ...square, x: [1, 64, 8, 8], outputs: 64 })
  const constants = {
    kind: 'int-weights',
    weight: { dtype: 'int8', shape: [64, 64, 3, 3], data: new Int8Array(64 * 64 * 9) },
    bias: new Int32Array(64),
    multiplier: new Float32Array(64),
    inputZeroPoint: 0,
    weightZeroPoints: new Int32Array(64),
    outputZeroPoint: 0,
    clamp: [-128, 127],
  } as const
  const [winograd, direct] = await Promise.all(
    [WINOGRAD, DIRECT].map(async (variant) => device.prepare(spec, constants, variant)),
  )
  expect(winograd.constantBytes - direct.constantBytes).toBeGreaterThanOrEqual((36 - 9) * 64 * 64 * 2)
  for (const op of [winograd, direct]) device.release(op)
})
