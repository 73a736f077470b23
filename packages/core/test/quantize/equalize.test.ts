import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rangesOf } from '../../src/calibrate/range.ts'
import { modelOf, type Model } from '../../src/model/layers.ts'
import { isWeighted, weightsOf, withWeights } from '../../src/model/weights.ts'
import { absorbBiases } from '../../src/quantize/absorb.ts'
import { equalize, unclip } from '../../src/quantize/equalize.ts'
import { junctionsOf } from '../../src/quantize/junctions.ts'
import { channelStatistics } from '../../src/quantize/statistics.ts'
import { sqnrDb } from '../../src/sensitivity/fidelity.ts'
import { tensor } from '../../src/tensor/tensor.ts'
import { GraphBuilder } from '../model/graphs.ts'
import { goldenTest, type GoldenTensor } from '../numerics/golden.ts'
import { chain, IDENTITY, outputOf, samples } from './nets.ts'

type Floats = GoldenTensor<Float32Array>

function weights(model: Model, name: string): { weight: Float32Array; bias: Float32Array } {
  const layer = model.layers.filter(isWeighted).find((one) => one.name === name)!
  const { weight, bias } = weightsOf(model, layer)
  return { weight: weight.data, bias }
}

goldenTest<{
  cross_layer_equalization: {
    w1: Floats
    b1: Floats
    w2: Floats
    out_w1: Floats
    out_b1: Floats
    out_w2: Floats
  }[]
}>('a pair of Convs is equalized as recorded', 'ptq_transforms.json', ({ cross_layer_equalization }) => {
  expect(cross_layer_equalization.length).toBeGreaterThan(0)
  for (const { w1, b1, w2, out_w1, out_b1, out_w2 } of cross_layer_equalization) {
    const build = new GraphBuilder()
    const y = build.conv('first', 'x', w1.shape, { data: w1.data, bias: b1.data })
    build.conv('second', y, w2.shape, { data: w2.data })
    const made = equalize(modelOf(build.graph([w1.shape[1], 8, 8])), 'span')
    for (const [actual, wanted] of [
      [weights(made, 'first').weight, out_w1.data],
      [weights(made, 'first').bias, out_b1.data],
      [weights(made, 'second').weight, out_w2.data],
    ])
      for (const [i, want] of wanted.entries())
        expect(Math.abs(actual[i] - want)).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(want)))
  }
})

describe('equalize', () => {
  test('finds junctions through Relu, pools and Flatten, into depthwise, grouped and dense layers', () => {
    const found = junctionsOf(chain()).map(({ first, second, spread }) => [first.name, second.name, spread])
    expect(found).toEqual([
      ['stem', 'dw', 1],
      ['dw', 'pw', 1],
      ['pw', 'grouped', 1],
      ['grouped', 'fc', 4],
    ])
  })

  test('leaves the function as it is, whatever the weights', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1e6 }), async (seed) => {
        const skew = (channel: number): number => 2 ** (((channel * 7 + seed) % 13) - 6)
        const model = chain('relu', skew, seed)
        const x = samples([2, 3, 8, 8], seed)
        expect(
          sqnrDb(
            await outputOf({ precision: 'fp32', model }, x),
            await outputOf({ precision: 'fp32', model: equalize(model) }, x),
          ),
        ).toBeGreaterThan(100)
      }),
      { numRuns: 20 },
    )
  })

  test('both sides of every channel become equally wide', () => {
    const model = equalize(chain('relu', (channel) => 10 ** ((channel % 5) - 2)))
    const [stem, dw] = model.layers.filter(isWeighted).map((layer) => weightsOf(model, layer).weight)
    const widths = (one: typeof stem): number[] => rangesOf(one, 0).map(({ min, max }) => Math.max(-min, max))
    const [made, read] = [widths(stem), widths(dw)]
    for (const [channel, width] of made.entries()) expect(width / read[channel]).toBeCloseTo(1, 2)
  })

  test('undoes a planted skew: the equalized weights do not depend on it', () => {
    const plain = equalize(chain())
    const skewed = equalize(chain('relu', (channel) => 10 ** ((channel % 7) - 3)))
    for (const layer of plain.layers.filter(isWeighted)) {
      const [a, b] = [plain, skewed].map((model) => weights(model, layer.name).weight)
      expect(sqnrDb(a, b)).toBeGreaterThan(60)
    }
  })

  test('a dead channel is left alone instead of being blown up', () => {
    const build = new GraphBuilder()
    const y = build.conv('first', 'x', [2, 1, 1, 1], {
      data: Float32Array.of(0, 4),
      bias: Float32Array.of(0.5, 1),
    })
    build.conv('second', build.relu('r', y), [1, 2, 1, 1], { data: Float32Array.of(1, 1) })
    const made = equalize(modelOf(build.graph([1, 2, 2])))
    expect(weights(made, 'first')).toEqual({ weight: Float32Array.of(0, 2), bias: Float32Array.of(0.5, 0.5) })
    expect(weights(made, 'second').weight).toEqual(Float32Array.of(1, 2))
  })

  test('a tensor that is read twice, or is the output, joins no layers', () => {
    const build = new GraphBuilder()
    const y = build.conv('a', 'x', [2, 2, 1, 1])
    const z = build.conv('b', y, [2, 2, 1, 1])
    build.add({ op: 'Add', name: 'sum', inputs: [y, z], output: 'sum.y', attributes: null })
    expect(junctionsOf(modelOf(build.graph([2, 3, 3])))).toEqual([])
  })
})

describe('ReLU6', () => {
  test('stops equalization, since its bound would have to differ by channel', () => {
    const model = chain('relu6', (channel) => 1 + channel)
    expect(weights(equalize(model), 'stem')).toEqual(weights(model, 'stem'))
  })

  test('unclip makes Relus of the Clips between weighted layers and leaves others alone', () => {
    const build = new GraphBuilder()
    const clip = (name: string, input: string): string =>
      build.add({ op: 'Clip', name, inputs: [input], output: `${name}.y`, attributes: { min: 0, max: 6 } })
    const a = clip('six', build.conv('a', 'x', [2, 2, 1, 1]))
    const b = clip('last', build.conv('b', a, [2, 2, 1, 1]))
    const open = unclip(modelOf(build.graph([2, 3, 3])))
    expect(b).toBe('last.y')
    expect(open.layers.map(({ clamp }) => clamp)).toEqual([
      [0, Infinity],
      [0, 6],
    ])
    expect(open.graph.nodes.map(({ op }) => op)).toEqual(['Conv', 'Relu', 'Conv', 'Clip'])
  })

  test('a model without such Clips is returned as it is', () => {
    const model = chain()
    expect(unclip(model)).toBe(model)
  })
})

describe('absorbBiases', () => {
  const X = tensor('float32', [4, 1, 1, 1], Float32Array.of(0, 1, -1, 0.5))

  /** A channel far above zero (bias 10) and one around it, into a layer that pads or does not. */
  function high(pad: number): Model {
    const build = new GraphBuilder()
    const y = build.conv('first', 'x', [2, 1, 1, 1], {
      data: Float32Array.of(1, 1),
      bias: Float32Array.of(10, 0),
    })
    build.conv('second', build.relu('r', y), [1, 2, 1, 1], {
      data: Float32Array.of(2, 3),
      bias: Float32Array.of(-1),
      pads: [pad, pad, pad, pad],
    })
    return modelOf(build.graph([1, 1, 1]))
  }

  test('moves what is always there past the Relu, and nothing else', async () => {
    const model = high(0)
    const made = absorbBiases(model, channelStatistics(model, IDENTITY, X))
    const mean = 10.125
    const deviation = Math.sqrt((100 + 121 + 81 + 110.25) / 4 - mean ** 2)
    const offset = mean - 3 * deviation
    const [first, second] = ['first', 'second'].map((name) => weights(made, name))
    expect(first.bias[0]).toBeCloseTo(10 - offset, 5)
    expect(first.bias[1]).toBe(0)
    expect(second.bias[0]).toBeCloseTo(-1 + 2 * offset, 4)
    const [before, after] = [model, made].map((one) => outputOf({ precision: 'fp32', model: one }, X))
    for (const [i, want] of (await before).entries()) expect((await after)[i]).toBeCloseTo(want, 4)
  })

  test('never takes more than the least value seen, so no sample is cut off', async () => {
    const model = high(0)
    const outlier = tensor('float32', [40, 1, 1, 1])
    outlier.data[0] = -9.5
    const made = absorbBiases(model, channelStatistics(model, IDENTITY, outlier))
    expect(weights(made, 'first').bias[0]).toBe(9.5)
  })

  test('leaves a layer alone whose padding would have to hold the offset', () => {
    const model = high(1)
    expect(absorbBiases(model, channelStatistics(model, IDENTITY, X))).toEqual(model)
  })

  test('keeps the function of a whole network on its samples', async () => {
    const plain = chain()
    const layer = plain.layers.filter(isWeighted).find(({ name }) => name === 'dw')!
    const raised = { ...weightsOf(plain, layer), bias: new Float32Array(8).fill(5) }
    const model = withWeights(plain, new Map([['dw', raised]]))
    const x = samples([16, 3, 8, 8])
    const made = absorbBiases(model, channelStatistics(model, IDENTITY, x))
    expect(Math.min(...weights(made, 'dw').bias)).toBeLessThan(3)
    const [before, after] = [model, made].map((one) => outputOf({ precision: 'fp32', model: one }, x))
    expect(sqnrDb(await before, await after)).toBeGreaterThan(100)
  })
})
