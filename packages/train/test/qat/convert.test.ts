import { expect, test } from 'vitest'
import { answerOf, compareFakeQuantized, lower } from '@octet/core'
import { QatNetwork } from '../../src/index.ts'
import { Samples } from '../../src/samples.ts'
import { Trainer } from '../../src/index.ts'
import { bars, barsNet, firstOf, quantized } from './nets.ts'

const COUNT = 96
const data = bars(COUNT, 5)

test.each([
  { bits: 8, granularity: 'per-channel', learned: false, frozen: true },
  { bits: 8, granularity: 'per-tensor', learned: true, frozen: true },
  { bits: 4, granularity: 'per-channel', learned: true, frozen: true },
  { bits: 4, granularity: 'per-tensor', learned: false, frozen: true },
  { bits: 4, granularity: 'per-channel', learned: false, frozen: false },
] as const)(
  'integers are those that the network stands for: $bits bits, $granularity, learned $learned, frozen $frozen',
  async ({ bits, granularity, learned, frozen }) => {
    const graph = barsNet()
    const start = await quantized(graph, data, { bits, granularity })
    const network = new QatNetwork(start, 16, { graph, learned })
    const optimizer = { kind: 'adam', learningRate: 0.01 } as const
    const trainer = new Trainer(network, data, { epochs: 4, batchSize: 16, seed: 1, optimizer })
    for (let step = 0; step < 12; step++) {
      if (frozen) network.observing = step < 6
      if (frozen) network.liveStatistics = step < 8
      trainer.next()
    }
    const model = network.quantized()
    const x = firstOf(data.x, COUNT)
    for (const { tensor, values, differing, worst } of compareFakeQuantized(model, data.normalizer!, x)) {
      expect(worst, tensor).toBeLessThanOrEqual(1)
      expect(differing / values, tensor).toBeLessThan(0.002)
    }

    const whole = new QatNetwork(model, COUNT)
    whole.observing = false
    const order = Int32Array.from({ length: COUNT }, (_, i) => i)
    new Samples(data, whole).load(order, 0, COUNT, whole.input.data)
    whole.forward(COUNT, 'infer')
    const answers = answerOf(lower(model, { batch: COUNT, normalizer: data.normalizer! }), x)
    for (let i = 0; i < COUNT; i++)
      expect(Math.sign(whole.logits.data[2 * i] - whole.logits.data[2 * i + 1])).toBe(
        Math.sign(answers[2 * i] - answers[2 * i + 1]),
      )
  },
)

test('an untrained network converts to the model it began with', async () => {
  const graph = barsNet()
  for (const granularity of ['per-tensor', 'per-channel'] as const) {
    const start = await quantized(graph, data, { bits: 4, granularity })
    const model = new QatNetwork(start, 4, { graph }).quantized()
    for (const [name, { weight, bias, qparams }] of model.weights) {
      expect(weight).toEqual(start.weights.get(name)!.weight)
      expect(bias).toEqual(start.weights.get(name)!.bias)
      expect(qparams).toEqual(start.weights.get(name)!.qparams)
    }
    expect(model.activations).toEqual(start.activations)
    expect(model.model.graph.initializers).toEqual(start.model.graph.initializers)
  }
})

test('an equalized model, whose norms have become part of its weights, is trained folded', async () => {
  const graph = barsNet()
  const start = await quantized(graph, data, { bits: 4, granularity: 'per-tensor' }, 'unclipped')
  const folded = new QatNetwork(start, 4, { graph })
  const live = new QatNetwork(await quantized(graph, data, { bits: 4, granularity: 'per-tensor' }), 4, {
    graph,
  })
  const norms = ({ state }: QatNetwork): number =>
    [...state.keys()].filter((name) => name.endsWith('norm.mean')).length
  expect(norms(live)).toBe(3)
  expect(norms(folded)).toBeLessThan(3)
})
