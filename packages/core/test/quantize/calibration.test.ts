import { describe, expect, test } from 'vitest'
import { lower } from '../../src/execute/lower.ts'
import { trace } from '../../src/execute/trace.ts'
import type { Model } from '../../src/model/layers.ts'
import { isWeighted } from '../../src/model/weights.ts'
import {
  AFFINE_INT8,
  dequantize,
  fakeQuantize,
  type Range,
  SYMMETRIC_INT8,
} from '../../src/numerics/index.ts'
import { Calibration } from '../../src/quantize/calibration.ts'
import { SAVED } from '../../src/calibrate/saved.ts'
import { ptq } from '../../src/quantize/ptq.ts'
import type { Granularity, QuantizedModel } from '../../src/model/quantized.ts'
import { NO_TRANSFORMS, type Transforms } from '../../src/model/transforms.ts'
import { compute } from '../../src/reference/kernels.ts'
import { sqnrDb } from '../../src/sensitivity/fidelity.ts'
import { tensor, type Tensor } from '../../src/tensor/tensor.ts'
import { chain, IDENTITY, outputOf, samples } from './nets.ts'

const X = samples([64, 3, 8, 8])
const FRESH = samples([64, 3, 8, 8], 2)
const SKEW = (channel: number): number => 3 ** ((channel % 3) - 1)

async function quantized(
  model: Model,
  bits: 8 | 4,
  granularity: Granularity,
  transforms: Partial<Transforms> = {},
): Promise<QuantizedModel> {
  return new Calibration(model, IDENTITY, [X]).quantize({
    calibration: 'minmax',
    activations: AFFINE_INT8,
    weights: { ...SYMMETRIC_INT8, bits, granularity },
    transforms: { ...NO_TRANSFORMS, ...transforms },
  })
}

/** SQNR of a quantized model against FP32 on samples that calibration did not see. */
async function fidelity(model: Model, ...how: [8 | 4, Granularity, Partial<Transforms>?]): Promise<number> {
  const [float, integer] = [{ precision: 'fp32', model } as const, await quantized(model, ...how)]
  return sqnrDb(await outputOf(float, FRESH), await outputOf(integer, FRESH))
}

test('configurations that differ in activations share the integers of weights that each has alone', async () => {
  const model = chain()
  const shared = new Calibration(model, IDENTITY, [X])
  for (const granularity of ['per-tensor', 'per-channel'] as const) {
    const made = (calibration: string, from: Calibration) =>
      from.quantize({
        calibration,
        activations: AFFINE_INT8,
        weights: { ...SYMMETRIC_INT8, granularity },
      })
    const one = await made('minmax', shared)
    const other = await made('percentile-99', shared)
    const alone = await made('percentile-99', new Calibration(model, IDENTITY, [X]))
    expect(other).toEqual(alone)
    for (const [layer, { weight }] of one.weights) expect(other.weights.get(layer)!.weight).toBe(weight)
  }
})

describe('4-bit weights', () => {
  test.each(['per-tensor', 'per-channel'] as const)(
    '%s: sixteen levels at most, and none below -7',
    async (granularity) => {
      const { weights } = await quantized(chain(), 4, granularity)
      expect(weights.size).toBe(5)
      for (const { weight, qparams } of weights.values()) {
        expect(qparams.scale).toHaveLength(granularity === 'per-tensor' ? 1 : weight.shape[0])
        expect(Math.min(...weight.data)).toBeGreaterThanOrEqual(-7)
        expect(Math.max(...weight.data)).toBeLessThanOrEqual(7)
        expect(Math.max(...weight.data.map(Math.abs))).toBe(7)
      }
    },
  )

  test.each(['per-tensor', 'per-channel'] as const)(
    '%s: the integer program is fake quantization to the bit',
    async (granularity) => {
      const source = await quantized(chain(), 4, granularity)
      const program = lower(source, { batch: 8, normalizer: IDENTITY })
      const x = samples([8, 3, 8, 8], 9)
      let [compared, differing] = [0, 0]
      for (const { step, inputs, output } of trace(program, x)) {
        const layer = source.model.layers.filter(isWeighted).find(({ name }) => name === step.name)
        if (layer === undefined) continue
        const { weight, qparams, bias } = source.weights.get(layer.name)!
        const [from, to] = [layer.inputs[0], layer.output].map((name) => source.activations.get(name)!)
        const real = tensor('float32', step.spec.output.shape)
        const float = {
          ...step.spec,
          inputs: [{ ...step.spec.inputs[0], dtype: 'float32' }],
          output: real,
        } as const
        const scale = (m: number): number => from.scale[0] * qparams.scale[qparams.scale.length === 1 ? 0 : m]
        compute(
          float,
          {
            kind: 'float-weights',
            weight: dequantize(weight, qparams),
            bias: Float32Array.from(bias, (b, m) => b * scale(m)),
            clamp: layer.clamp,
          },
          [dequantize(inputs[0] as Tensor<'int8'>, from)],
          real,
        )
        const fake = fakeQuantize(real, to).y
        const integer = dequantize(output as Tensor<'int8'>, to)
        for (const [i, value] of integer.data.entries()) {
          compared++
          // Float sums and integer ones may fall on either side of a tie.
          if (value !== fake.data[i]) differing++
          expect(Math.abs(value - fake.data[i])).toBeLessThan(1.001 * to.scale[0])
        }
      }
      expect(compared).toBe(8 * (512 + 512 + 512 + 256 + 4))
      expect(differing / compared).toBeLessThan(0.001)
    },
  )

  test('skewed output channels collapse per tensor and recover per channel', async () => {
    const model = chain('relu', (channel, junction) => (junction === 0 ? SKEW(channel) : 1))
    const collapsed = await fidelity(model, 4, 'per-tensor')
    expect(collapsed).toBeLessThan(12)
    expect(await fidelity(model, 4, 'per-channel')).toBeGreaterThan(collapsed + 6)
  })

  test('a skew over the whole net collapses both, and equalization recovers it', async () => {
    const model = chain('relu', SKEW)
    expect(await fidelity(model, 4, 'per-tensor')).toBeLessThan(6)
    expect(await fidelity(model, 4, 'per-channel')).toBeLessThan(10)
    const unskewed = await fidelity(chain(), 4, 'per-tensor', { equalization: 'exact' })
    expect(await fidelity(model, 4, 'per-tensor', { equalization: 'exact' })).toBeCloseTo(unskewed, 0)
    expect(unskewed).toBeGreaterThan(18)
  })

  test('AdaRound beats nearest rounding on samples it has not seen', async () => {
    const nearest = await fidelity(chain(), 4, 'per-tensor')
    expect(await fidelity(chain(), 4, 'per-tensor', { rounding: 'adaround' })).toBeGreaterThan(nearest + 1.5)
  })
})

describe('Calibration', () => {
  test('bias correction takes the mean error of every channel away', async () => {
    const model = chain()
    const meanError = async (biasCorrection: boolean): Promise<number> => {
      const [float, integer] = [
        { precision: 'fp32', model } as const,
        await quantized(model, 4, 'per-tensor', { biasCorrection }),
      ]
      const [y, q] = [await outputOf(float, X), await outputOf(integer, X)]
      const sums = [0, 0, 0, 0]
      for (const [i, value] of y.entries()) sums[i % 4] += (q[i] - value) / 64
      return Math.hypot(...sums)
    }
    expect(await meanError(true)).toBeLessThan((await meanError(false)) / 10)
  })

  test('without transforms it does what ptq does, and says what was asked for', async () => {
    const plain = await quantized(chain(), 8, 'per-channel')
    const { transforms: _, ...grids } = plain.configuration
    const without = await new Calibration(chain(), IDENTITY, [X]).quantize(grids)
    expect(without.weights).toEqual(plain.weights)
    expect(without.activations).toEqual(plain.activations)
    expect(without.configuration).toEqual(grids)
    expect(plain.configuration.transforms).toEqual(NO_TRANSFORMS)
  })

  test('one pass serves all configurations of one equalization', async () => {
    const calibration = new Calibration(chain(), IDENTITY, [X])
    const [first, again, equalized] = [
      calibration.calibrated(),
      calibration.calibrated('none'),
      calibration.calibrated('exact'),
    ]
    expect(again).toBe(first)
    expect((await equalized).model).not.toBe((await first).model)
  })

  test('samples that come in ragged batches give the same integers as one batch', async () => {
    const part = (from: number, to: number): Tensor<'float32'> =>
      tensor('float32', [to - from, 3, 8, 8], X.data.slice(from * 192, to * 192))
    const configuration = {
      calibration: 'minmax',
      activations: AFFINE_INT8,
      weights: { ...SYMMETRIC_INT8, bits: 4, granularity: 'per-channel' },
      transforms: { equalization: 'exact', rounding: 'nearest', biasCorrection: true },
    } as const
    const ragged = new Calibration(chain(), IDENTITY, [part(0, 7), part(7, 40), part(40, 64)])
    const whole = new Calibration(chain(), IDENTITY, [X])
    expect((await ragged.quantize(configuration)).weights).toEqual(
      (await whole.quantize(configuration)).weights,
    )
  })

  test('batches that share one memory, and are read again in each pass, give the same integers', async () => {
    const configuration = {
      calibration: 'mse',
      activations: AFFINE_INT8,
      weights: { ...SYMMETRIC_INT8, granularity: 'per-tensor' },
      transforms: { equalization: 'exact', rounding: 'nearest', biasCorrection: true },
    } as const
    const one = tensor('float32', [4, 3, 8, 8])
    const streamed = {
      *[Symbol.iterator]() {
        for (let at = 0; at < X.data.length; at += one.data.length) {
          one.data.set(X.data.subarray(at, at + one.data.length))
          yield one
        }
      },
    }
    const [inTurn, whole] = await Promise.all(
      [streamed, [X]].map((batches) => new Calibration(chain(), IDENTITY, batches).quantize(configuration)),
    )
    expect(inTurn.activations).toEqual(whole.activations)
    expect(inTurn.weights).toEqual(whole.weights)
  })

  test('an empty calibration set is refused', async () => {
    await expect(new Calibration(chain(), IDENTITY, []).calibrated()).rejects.toThrow(
      'the calibration set is empty',
    )
    await expect(new Calibration(chain(), IDENTITY, []).calibrated('exact')).rejects.toThrow(
      'the calibration set is empty',
    )
  })
})

describe('saved ranges', () => {
  test('quantize as the calibration that found them, and not an equalized model', async () => {
    const grids = {
      activations: AFFINE_INT8,
      weights: { ...SYMMETRIC_INT8, granularity: 'per-channel' },
    } as const
    const ranges = new Map<string, Range>()
    const { observations } = await new Calibration(chain(), IDENTITY, [X]).calibrated()
    const found = ptq(chain(), observations, { ...grids, calibration: 'percentile-99.9' }, ranges)
    const calibration = new Calibration(chain(), IDENTITY, [X], undefined, ranges)
    const saved = await calibration.quantize({ ...grids, calibration: SAVED })
    expect(saved.activations).toEqual(found.activations)
    const transforms = { ...NO_TRANSFORMS, equalization: 'exact' } as const
    await expect(calibration.quantize({ ...grids, calibration: SAVED, transforms })).rejects.toThrow(
      'saved ranges belong to the model without equalization',
    )
    const without = new Calibration(chain(), IDENTITY, [X])
    await expect(without.quantize({ ...grids, calibration: SAVED })).rejects.toThrow('no range of tensor "x"')
  })
})
