import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { diagnose } from '../../src/diagnose/diagnose.ts'
import { raisedScales } from '../../src/diagnose/raised-scale.ts'
import { OctetError } from '../../src/error.ts'
import { lower } from '../../src/execute/lower.ts'
import { observe } from '../../src/execute/observe.ts'
import { sumsPastInt32 } from '../../src/ops/work.ts'
import { NO_PADS } from '../../src/ops/spec.ts'
import type { AveragePoolSpec } from '../../src/ops/pool/averagepool.ts'
import type { MatMulSpec } from '../../src/ops/matmul.ts'
import { modelOf, type Model } from '../../src/model/layers.ts'
import type { Weights } from '../../src/model/weights.ts'
import {
  affineQParams,
  channelPastInt32,
  largestSums,
  AFFINE_INT8,
  LARGEST_SUM,
  MOST_PRODUCTS,
  MOST_TERMS,
  SYMMETRIC_INT8,
  type QParams,
} from '../../src/numerics/index.ts'
import { sumsOf, type Granularity, type Grids, type QuantizedModel } from '../../src/model/quantized.ts'
import { ptq } from '../../src/quantize/ptq.ts'
import { biasWithRoom, channelsWithRoom } from '../../src/quantize/room.ts'
import { quantizeWeights, weightGrid } from '../../src/quantize/weights.ts'
import { openReference } from '../../src/reference/device.ts'
import { tensor } from '../../src/tensor/tensor.ts'
import { GraphBuilder } from '../model/graphs.ts'
import { IDENTITY, outputOf, samples } from './nets.ts'

function grids(granularity: Granularity, weights = SYMMETRIC_INT8): Grids {
  return { calibration: 'minmax', activations: AFFINE_INT8, weights: { ...weights, granularity } }
}

function activation(min: number, max: number): QParams {
  const { scale, zeroPoint } = affineQParams({ min, max }, { qmin: -128, qmax: 127 })
  return {
    qmin: -128,
    qmax: 127,
    axis: null,
    scale: Float32Array.of(scale),
    zeroPoint: Int32Array.of(zeroPoint),
  }
}

/** Sums as the bound in docs/numerics.md has them, term by term. */
function bound(weight: Int8Array, z: number, bias: number, { qmin, qmax, zeroPoint }: QParams): number {
  const reach = Math.max(zeroPoint[0] - qmin, qmax - zeroPoint[0])
  return Math.abs(bias) + weight.reduce((sum, w) => sum + Math.abs(w - z), 0) * reach
}

const magnitude = fc.integer({ min: -40, max: 40 }).map((exponent) => 2 ** (exponent / 2))
/** Weights [M, K] and biases [M], each channel at a size of its own, and what it reads. */
const layers = fc
  .record({
    m: fc.integer({ min: 1, max: 4 }),
    k: fc.integer({ min: 1, max: 40 }),
    sizes: fc.array(fc.tuple(magnitude, magnitude), { minLength: 4, maxLength: 4 }),
    values: fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 160, maxLength: 160 }),
    reach: fc.tuple(magnitude, magnitude),
  })
  .map(({ m, k, sizes, values, reach: [low, high] }) => ({
    weights: {
      weight: tensor(
        'float32',
        [m, k],
        Float32Array.from({ length: m * k }, (_, i) => values[i] * sizes[Math.floor(i / k)][0]),
      ),
      bias: Float32Array.from({ length: m }, (_, i) => (0.5 + Math.abs(values[159 - i])) * sizes[i][1]),
    } satisfies Weights,
    input: activation(-low, high),
  }))
const schemes = fc.constantFrom(SYMMETRIC_INT8, { ...SYMMETRIC_INT8, bits: 4 as const }, { ...AFFINE_INT8 })

describe('quantized weights', () => {
  test.each([1e17, 1e24, 1e30])(
    'hold a bias of %d beside weights of 1e-9: its channel has a scale',
    (bias) => {
      const weights = {
        weight: tensor('float32', [2, 2], Float32Array.of(1e-9, -1e-9, 1e-9, 1e-9)),
        bias: Float32Array.of(bias, -0.5),
      }
      const input = activation(-1, 1)
      const grid = weightGrid('l', weights, input, grids('per-channel').weights)
      const { qparams, bias: steps } = quantizeWeights(
        'l',
        weights,
        { input, output: activation(-bias, bias) },
        grid,
      )
      expect(Math.abs(steps[0])).toBeLessThanOrEqual(LARGEST_SUM)
      expect(steps[0] * qparams.scale[0] * input.scale[0]).toBeCloseTo(bias, -Math.log10(bias / 1e6))
    },
  )

  test('per channel leave every sum within int32, raise no scale that has room, and lower none', () => {
    fc.assert(
      fc.property(layers, schemes, ({ weights, input }, scheme) => {
        const { weight, bias } = weights
        const [m, k] = weight.shape
        const grid = weightGrid('l', weights, input, { ...scheme, granularity: 'per-channel' })
        const plain = quantizeWeights('l', weights, { input, output: input }, grid)
        for (let c = 0; c < m; c++) {
          const z = plain.qparams.zeroPoint[c]
          const integers = plain.weight.data.subarray(c * k, (c + 1) * k)
          expect(bound(integers, z, plain.bias[c], input)).toBeLessThanOrEqual(LARGEST_SUM)
          const raised = plain.qparams.scale[c] / grid.scale[c]
          expect(raised).toBeGreaterThanOrEqual(1)
          // The bias is what it should be, and not the end of int32.
          const unit = input.scale[0] * plain.qparams.scale[c]
          expect(Math.abs(plain.bias[c] * unit - bias[c])).toBeLessThanOrEqual(unit + 1e-6 * bias[c])
          if (raised > 1) {
            // A little less raised, and it would not fit.
            const scale = (plain.qparams.scale[c] / raised) * Math.max(1, raised / 1.01)
            const steps = bias[c] / input.scale[0] / scale
            const sum = Array.from(weight.data.subarray(c * k, (c + 1) * k)).reduce(
              (total, w) => total + Math.abs(Math.round(w / scale)) + 0.5,
              0,
            )
            expect(steps + sum * 255).toBeGreaterThan(LARGEST_SUM * 0.99)
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  test('per tensor leave every sum within int32 too, or are refused by name with a remedy', () => {
    let [raised, refused] = [0, 0]
    fc.assert(
      fc.property(layers, magnitude, ({ weights, input }, size) => {
        const grid = weightGrid('fc7', weights, input, { ...SYMMETRIC_INT8, granularity: 'per-tensor' })
        try {
          const made = quantizeWeights('fc7', weights, { input, output: activation(-size, size) }, grid)
          expect(Math.max(...sumsOf(made, input))).toBeLessThanOrEqual(LARGEST_SUM)
          if (made.qparams.scale[0] > grid.scale[0]) raised++
        } catch (error) {
          expect(error).toBeInstanceOf(OctetError)
          expect((error as OctetError).message).toMatch(/layer "fc7": .* output channel \d .* dB of SQNR/)
          expect((error as OctetError).mend).toMatch(/per-channel/)
          refused++
        }
      }),
      { numRuns: 300, seed: 1 },
    )
    expect(Math.min(raised, refused)).toBeGreaterThan(2)
  })

  test('per tensor are refused where a bias behind a Relu would cost a neighbour its weights', async () => {
    const build = new GraphBuilder()
    const data = Float32Array.of(1e-6, 1e-6, 1e-6, -1e-6)
    build.relu('r', build.gemm('fc', 'x', 2, 2, [data, Float32Array.of(-1000, 0)]))
    const model = modelOf(build.graph([2]))
    const seen = await observe(model, IDENTITY, [samples([64, 2])])
    expect(() => ptq(model, seen, grids('per-tensor'))).toThrow(/layer "fc": .* output channel 0 leave int32/)
    const quantized = ptq(model, seen, grids('per-channel'))
    const [{ id, tensor: name, verdict }] = raisedScales([quantized])
    expect([id, name]).toEqual(['raised-scale', model.layers[0].node.inputs[1]])
    expect(verdict).toMatch(/the scales of 1 of its 2 output channels raised, up to \d+ times/)
    const [exact, integers] = [{ precision: 'fp32', model } as const, quantized]
    const x = samples([8, 2], 7)
    const [want, got] = [await outputOf(exact, x), await outputOf(integers, x)]
    for (const [i, value] of want.entries()) expect(Math.abs(got[i] - value)).toBeLessThan(4e-8)
  })
})

/** One output that sums 60,000 inputs by 1e-6 each, with a bias of 0.033. */
function wide(): Model {
  const build = new GraphBuilder()
  const k = 60_000
  build.gemm('wide', 'x', 1, k, [new Float32Array(k).fill(1e-6), Float32Array.of(0.033)])
  return modelOf(build.graph([k]))
}

test('60,000 products and a bias come to 0.0930; on one scale that costs too much', async () => {
  const x = tensor('float32', [1, 60_000], new Float32Array(60_000).fill(1))
  const seen = await observe(wide(), IDENTITY, [x])
  const quantized = ptq(wide(), seen, grids('per-channel'))
  expect((await outputOf(quantized, x))[0]).toBeCloseTo(0.093, 4)
  expect(raisedScales([quantized]).length).toBe(1)
  expect(() => ptq(wide(), seen, grids('per-tensor'))).toThrow(
    /layer "wide": .* cost the layer \d.\d dB of SQNR/,
  )
})

describe('transforms', () => {
  // Two channels at the edge: 40 weights of 100 and a bias that leaves room for one unit more.
  const input = activation(-1, 1)
  const products = 40 * 100 * 128
  const weights = {
    weight: tensor('int8', [2, 40], new Int8Array(80).fill(100)),
    qparams: {
      ...input,
      qmin: -127,
      axis: 0,
      scale: Float32Array.of(1, 1),
      zeroPoint: new Int32Array(2),
    },
    bias: Int32Array.of(LARGEST_SUM - products, 5),
  }

  test('that round up keep what a channel was where it has no room', () => {
    const up = { ...weights, weight: tensor('int8', [2, 40], new Int8Array(80).fill(101)) }
    const { weight } = channelsWithRoom(up, weights, input)
    expect([weight.data[0], weight.data[39], weight.data[40], weight.data[79]]).toEqual([100, 100, 101, 101])
  })

  test('that correct biases stop at the room there is', () => {
    const bias = Int32Array.of(LARGEST_SUM, -LARGEST_SUM - 1)
    const held = biasWithRoom(bias, weights, input)
    expect([...held]).toEqual([LARGEST_SUM - products, products - LARGEST_SUM])
    expect(Math.max(...sumsOf({ ...weights, bias: held }, input))).toBe(LARGEST_SUM)
  })
})

test('a dead channel whose bias is below what float32 can count in has a bias of zero', () => {
  const weights = {
    weight: tensor('float32', [2, 1], Float32Array.of(0, 1)),
    bias: Float32Array.of(1.6e-40, 1),
  }
  const input = activation(0, 1)
  const scheme = { ...SYMMETRIC_INT8, granularity: 'per-channel' } as const
  const grid = weightGrid('fc', weights, input, scheme)
  const made = quantizeWeights('fc', weights, { input, output: input }, grid)
  expect(made.bias[0]).toBe(0)
  expect(made.qparams.scale.every((scale) => scale > 0)).toBe(true)
})

describe('lowering', () => {
  test('refuses integers whose sums can leave int32, by layer and channel', async () => {
    const build = new GraphBuilder()
    build.gemm('fc', 'x', 2, 2, [new Float32Array(4).fill(1), Float32Array.of(1, 1)])
    const model = modelOf(build.graph([2]))
    const made = ptq(model, await observe(model, IDENTITY, [samples([16, 2])]), grids('per-channel'))
    const fc = made.weights.get('fc')!
    const broken: QuantizedModel = {
      ...made,
      weights: new Map([['fc', { ...fc, bias: Int32Array.of(5, LARGEST_SUM - 1000) }]]),
    }
    expect(() => lower(broken, { batch: 1, normalizer: IDENTITY })).toThrow(
      'Gemm "fc": sums of output channel 1 can leave int32',
    )
  })

  test.each([33_025, 33_026])('of a MatMul of %i products follows the bound', async (k) => {
    const build = new GraphBuilder()
    build.add({ op: 'Reshape', name: 'turned', inputs: ['x'], output: 'xt', attributes: { shape: [k, 1] } })
    build.add({ op: 'MatMul', name: 'scores', inputs: ['x', 'xt'], output: 'y', attributes: null })
    const model = modelOf({ ...build.graph([k]), batch: 'one' })
    const quantized = ptq(model, await observe(model, IDENTITY, [samples([1, k])]), grids('per-channel'))
    const lowered = (): unknown => lower(quantized, { batch: 1, normalizer: IDENTITY })
    if (k > MOST_PRODUCTS) expect(lowered).toThrow(/MatMul "scores": it sums 33026 products .* 33025/)
    else lowered()
  })

  test('bounds what two activations and averages may sum, once, for all devices', () => {
    expect([MOST_PRODUCTS, MOST_TERMS]).toEqual([33_025, 8_421_504])
    expect(255 * 255 * MOST_PRODUCTS).toBeLessThan(2 ** 31)
    expect(255 * 255 * (MOST_PRODUCTS + 1)).toBeGreaterThanOrEqual(2 ** 31)
    expect(255 * MOST_TERMS).toBeLessThan(2 ** 31)
    expect(255 * (MOST_TERMS + 1)).toBeGreaterThanOrEqual(2 ** 31)
    expect(openReference().supports(matMul(33_025))).toBe(true)
    expect(openReference().supports(matMul(33_026))).toEqual({
      reason: 'it sums 33026 products an output, and int32 is only safe to 33025',
    })
    expect(sumsPastInt32(matMul(60_000, 'float32'))).toBeUndefined()
    expect(sumsPastInt32(average(2902, 2901))).toBeUndefined()
    expect(sumsPastInt32(average(2902, 2902))).toMatch(/8421604 values an output.* 8421504/)
  })
})

function matMul(k: number, dtype: 'int8' | 'float32' = 'int8'): MatMulSpec {
  return {
    op: 'MatMul',
    inputs: [
      { dtype, shape: [1, k] },
      { dtype, shape: [k, 1] },
    ],
    output: { dtype, shape: [1, 1] },
  }
}

/** A global average of [height, width]. */
function average(height: number, width: number): AveragePoolSpec {
  return {
    op: 'AveragePool',
    inputs: [{ dtype: 'int8', shape: [1, 1, height, width] }],
    output: { dtype: 'int8', shape: [1, 1, 1, 1] },
    kernel: [height, width],
    strides: [1, 1],
    pads: NO_PADS,
    dilations: [1, 1],
    countIncludePad: false,
  }
}

test('the reference says where a sum leaves int32', async () => {
  const device = openReference()
  const [x, y] = [
    { dtype: 'int8', shape: [1, 2] },
    { dtype: 'int8', shape: [1, 1] },
  ] as const
  const run = async (bias: number): Promise<number> => {
    const op = await device.prepare(
      { op: 'Gemm', inputs: [x], output: y, weightZeroPoints: false },
      {
        kind: 'int-weights',
        weight: tensor('int8', [1, 2], Int8Array.of(1, 1)),
        bias: Int32Array.of(bias),
        multiplier: Float32Array.of(2 ** -25),
        inputZeroPoint: 0,
        weightZeroPoints: Int32Array.of(0),
        outputZeroPoint: 0,
        clamp: [-128, 127],
      },
    )
    const [input, output] = [device.alloc(x), device.alloc(y)]
    await device.write(input, tensor('int8', [1, 2], Int8Array.of(1, 2)))
    await device.submit([{ op, inputs: [input], output }])
    return (await device.read(output)).data[0]
  }
  expect(await run(LARGEST_SUM - 3)).toBe(64)
  expect(await run(-LARGEST_SUM - 1)).toBe(-64)
  await expect(run(LARGEST_SUM - 2)).rejects.toThrow('Gemm: the sum 2147483648 leaves int32')
})

test('nothing is said of scales that were not raised', async () => {
  const build = new GraphBuilder()
  build.conv('c', 'x', [3, 2, 1, 1], { bias: 'random' })
  const model = modelOf(build.graph([2, 1, 1]))
  const seen = await observe(model, IDENTITY, [samples([32, 2, 1, 1])])
  for (const granularity of ['per-channel', 'per-tensor'] as const)
    expect(raisedScales([ptq(model, seen, grids(granularity))])).toEqual([])
  expect(diagnose({ tensors: seen }).map(({ id }) => id)).not.toContain('raised-scale')
})

test('the first channel that can leave int32 is found as by its largest sums, near the limit too', () => {
  const integer = (min: number, max: number) => fc.integer({ min, max })
  fc.assert(
    fc.property(integer(1, 3), integer(1, 4), integer(0, 255), fc.gen(), (channels, inner, reach, g) => {
      const weight = Int8Array.from({ length: channels * inner }, () => g(integer, -128, 127))
      const zeroPoint = [g(integer, -128, 127)]
      const bias = Int32Array.from({ length: channels }, () => {
        const magnitude = LARGEST_SUM - g(integer, 0, 2 * inner * 255 * 255)
        return g(fc.boolean) ? magnitude : -magnitude
      })
      const sums = largestSums(weight, zeroPoint, bias, reach)
      expect(channelPastInt32(weight, zeroPoint, bias, reach)).toBe(
        sums.findIndex((sum) => sum > LARGEST_SUM),
      )
    }),
  )
})
