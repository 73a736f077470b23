import { describe, expect, test } from 'vitest'
import { type Graph, OctetError, tensor } from '@octet/core'
import { Random } from '@octet/core/statistics'
import { softmaxCrossEntropy, UNLABELLED } from '../src/loss/cross-entropy.ts'
import { softmaxDistillation } from '../src/loss/distillation.ts'
import {
  evaluate,
  GraphBuilder,
  Network,
  train,
  Trainer,
  type TrainingData,
  type TrainOptions,
} from '../src/index.ts'

const OPTIONS = {
  epochs: 4,
  batchSize: 16,
  seed: 5,
  optimizer: { kind: 'sgd', learningRate: 0.05, momentum: 0.9, weightDecay: 1e-4 },
  schedule: { kind: 'cosine', warmupSteps: 5 },
  labelSmoothing: 0.05,
} as const

/** Bright bars, horizontal or vertical, on noise, as bytes. */
function bars(count: number, seed: number): TrainingData {
  const random = new Random(seed)
  const x = tensor(
    'uint8',
    [count, 1, 8, 8],
    Uint8Array.from({ length: count * 64 }, () => random.below(96)),
  )
  const y = Int32Array.from({ length: count }, (_, sample) => {
    const label = random.below(2)
    const line = random.below(8)
    for (let i = 0; i < 8; i++) x.data[sample * 64 + (label === 0 ? line * 8 + i : i * 8 + line)] += 128
    return label
  })
  return { x, y, normalizer: { offset: Float32Array.of(64), scale: Float32Array.of(1 / 64) } }
}

function net(seed = 1) {
  return new GraphBuilder('bars', [1, 8, 8], seed)
    .conv(6, { kernel: 3, pad: 1, bias: false })
    .batchNormalization()
    .clip(0, 6)
    .maxPool({ kernel: 2 })
    .flatten()
    .gemm(2)
    .graph()
}

function trainerOf(graph: Graph, data: TrainingData, options: TrainOptions): Trainer {
  return new Trainer(
    new Network(graph, Math.max(1, Math.min(options.batchSize, data.y.length))),
    data,
    options,
  )
}

describe('train', () => {
  test('learns to tell bars apart, and generalises', async () => {
    const { graph, history } = await train(net(), bars(400, 1), OPTIONS)
    expect(history.epochs).toHaveLength(4)
    expect(history.epochs[3].loss).toBeLessThan(history.epochs[0].loss / 2)
    expect(evaluate(graph, bars(200, 2)).accuracy).toBeGreaterThan(0.95)
  })

  test.each([
    ['SGD', OPTIONS.optimizer],
    ['Adam', { kind: 'adam', learningRate: 0.01, weightDecay: 0.01 }],
  ] as const)('gives the same bits for the same seed, with %s', async (_, optimizer) => {
    const run = () => train(net(), bars(80, 1), { ...OPTIONS, epochs: 2, optimizer })
    const [a, b] = [await run(), await run()]
    expect(a.history).toEqual(b.history)
    for (const [name, { data }] of a.graph.initializers)
      expect(data).toEqual(b.graph.initializers.get(name)!.data)
  })

  test('orders the samples by the seed', async () => {
    const [a, b] = await Promise.all(
      [1, 2].map((seed) => train(net(), bars(80, 1), { ...OPTIONS, epochs: 1, seed })),
    )
    expect(a.history.steps).not.toEqual(b.history.steps)
  })

  test('leaves the given graph as it was', async () => {
    const graph = net()
    const before = new Map([...graph.initializers].map(([name, { data }]) => [name, data.slice()]))
    const trained = await train(graph, bars(32, 1), { ...OPTIONS, epochs: 1 })
    for (const [name, data] of before) {
      expect(graph.initializers.get(name)!.data).toEqual(data)
      expect(trained.graph.initializers.get(name)!.data).not.toEqual(data)
    }
  })

  test('reports every step and epoch, and stops when a hook throws', async () => {
    const seen: number[] = []
    const training = train(net(), bars(40, 1), {
      ...OPTIONS,
      onStep: ({ step }) => {
        seen.push(step)
      },
      onEpoch: async ({ epoch }) => {
        if (epoch === 1) throw new Error('enough')
      },
    })
    await expect(training).rejects.toThrow('enough')
    expect(seen).toEqual([0, 1, 2, 3])
  })

  test('trains a graph that ends in Softmax as it trains its logits', async () => {
    const graph = net()
    const last = {
      op: 'Softmax',
      name: 's',
      inputs: [graph.output],
      output: 'p',
      attributes: { axis: -1 },
    } as const
    const withSoftmax = { ...graph, output: 'p', nodes: [...graph.nodes, last] }
    const options = { ...OPTIONS, epochs: 1 }
    const [a, b] = [await train(graph, bars(32, 1), options), await train(withSoftmax, bars(32, 1), options)]
    expect(b.history).toEqual(a.history)
    expect(b.graph.nodes).toEqual(withSoftmax.nodes)
  })

  test('uses a smaller batch where there are fewer samples than one', () => {
    const trainer = trainerOf(net(), bars(5, 1), OPTIONS)
    expect(trainer.stepsPerEpoch).toBe(1)
    expect(trainer.next().loss).toBeGreaterThan(0)
  })
})

describe('a checkpoint', () => {
  test.each([
    ['SGD', OPTIONS.optimizer],
    ['Adam', { kind: 'adam', learningRate: 0.01, weightDecay: 0.01 }],
  ] as const)('is where another trainer goes on to the same bits, with %s', (_, optimizer) => {
    const make = () => trainerOf(net(), bars(80, 1), { ...OPTIONS, epochs: 3, optimizer })
    const whole = make()
    const losses = Array.from({ length: whole.totalSteps }, () => whole.next().loss)
    for (const stop of [1, 5, 12]) {
      const [first, second] = [make(), make()]
      for (let step = 0; step < stop; step++) first.next()
      const checkpoint = first.checkpoint()
      first.next()
      second.resume(checkpoint)
      const rest = Array.from({ length: whole.totalSteps - stop }, () => second.next().loss)
      expect(rest).toEqual(losses.slice(stop))
      expect(second.checkpoint()).toEqual(whole.checkpoint())
    }
  })

  test('of another network is refused', () => {
    const [one, other] = [net(), new GraphBuilder('other', [1, 8, 8], 1).flatten().gemm(2).graph()].map(
      (graph) => trainerOf(graph, bars(80, 1), OPTIONS),
    )
    expect(() => other.resume(one.checkpoint())).toThrow(/the checkpoint is of another training/)
  })
})

describe('distillation', () => {
  test('teaches samples without labels what the teacher answers', async () => {
    const { graph: taught } = await train(net(), bars(400, 1), OPTIONS)
    const student = new Network(net(9), 16)
    const unlabelled = { ...bars(400, 3), y: new Int32Array(400).fill(UNLABELLED) }
    const teacher = { network: new Network(taught, 16), weight: 1, temperature: 2 }
    const trainer = new Trainer(student, unlabelled, { ...OPTIONS, teacher })
    while (trainer.step < trainer.totalSteps) trainer.next()
    expect(evaluate(student.graph(), bars(200, 2)).accuracy).toBeGreaterThan(0.9)
  })

  test.each([
    [1, 1],
    [0.25, 3],
  ])('has the gradient of its loss, weight %s at temperature %s', (weight, temperature) => {
    const random = new Random(2)
    const uniform = () => Float32Array.from({ length: 8 }, () => 4 * random.uniform() - 2)
    const teacher = uniform()
    // In float64, as differences of float32 would be noise.
    const [data, grad] = [Float64Array.from(uniform()), new Float64Array(8)] as unknown as Float32Array[]
    const labels = Int32Array.of(1, UNLABELLED)
    const logits = { name: 'z', shape: [4], batched: true, data, grad }
    const lossOf = (value: typeof logits | (Omit<typeof logits, 'grad'> & { grad: null })): number =>
      softmaxDistillation(
        value,
        teacher,
        2,
        { weight, temperature },
        softmaxCrossEntropy(value, labels, 2, 0.1).loss,
      )
    lossOf(logits)
    const expected = Array.from(data, (kept, i) => {
      const [above, below] = [1e-5, -1e-5].map((by) => {
        data[i] = kept + by
        return lossOf({ ...logits, grad: null })
      })
      data[i] = kept
      return (above - below) / 2e-5
    })
    for (const [i, want] of expected.entries()) expect(grad[i]).toBeCloseTo(want, 8)
  })
})

describe('faults are named', () => {
  test('a diverging loss, with its step and how to mend it', () => {
    const graph = new GraphBuilder('deep', [1, 8, 8], 1).flatten().gemm(8).gemm(8).gemm(2).graph()
    const trainer = trainerOf(graph, bars(64, 1), {
      ...OPTIONS,
      schedule: { kind: 'constant' },
      optimizer: { kind: 'sgd', learningRate: 1e15 },
    })
    trainer.next()
    const { message, mend } = fault(() => {
      for (let i = 0; i < 10; i++) trainer.next()
    })
    expect(message).toMatch(/the loss became .* at step [1-9]\d* of 16/)
    expect(mend).toMatch(/lower the learning rate/)
  })

  test.each([
    ['Relu', (graph: GraphBuilder) => graph.relu()],
    ['Clip', (graph: GraphBuilder) => graph.clip(0, 6)],
    ['MaxPool', (graph: GraphBuilder) => graph.maxPool({ kernel: 2 })],
    ['BatchNormalization', (graph: GraphBuilder) => graph.batchNormalization()],
  ])('NaN in a sample, which %s does not swallow', (_, layer) => {
    const x = tensor('float32', [1, 1, 4, 4])
    x.data[6] = NaN
    const graph = layer(new GraphBuilder('nan', [1, 4, 4], 1))
      .flatten()
      .gemm(2)
      .graph()
    const { message, mend } = fault(() => trainerOf(graph, { x, y: Int32Array.of(0) }, OPTIONS).next())
    expect(message).toMatch(/the loss became NaN at step 0 of 4/)
    expect(mend).toMatch(/check the samples/)
  })

  const one = bars(1, 1)
  test.each<[string, () => unknown, RegExp]>([
    [
      'a label without a class',
      () => trainerOf(net(), { ...one, y: Int32Array.of(2) }, OPTIONS),
      /sample 0 has label 2, .* 2 classes/,
    ],
    [
      'a task without labels',
      () => trainerOf(net(), { ...one, task: 'none' }, OPTIONS),
      /has no labels, and QAT here trains on labelled samples/,
    ],
    [
      'labels that do not match the samples',
      () => trainerOf(net(), { ...one, y: Int32Array.of(1, 0) }, OPTIONS),
      /1 samples came with 2 labels/,
    ],
    [
      'samples of another shape',
      () => trainerOf(net(), { ...one, x: tensor('uint8', [1, 8, 8, 1]) }, OPTIONS),
      /shape \[8, 8, 1\] do not fit .* \[1, 8, 8\]/,
    ],
    [
      'training on no samples',
      () => trainerOf(net(), { x: tensor('uint8', [0, 1, 8, 8]), y: new Int32Array(0) }, OPTIONS),
      /no samples/,
    ],
    [
      'evaluating no samples',
      () => evaluate(net(), { x: tensor('uint8', [0, 1, 8, 8]), y: new Int32Array(0) }),
      /no samples/,
    ],
    [
      'a normalizer for other channels',
      () =>
        trainerOf(
          net(),
          { ...one, normalizer: { offset: new Float32Array(3), scale: new Float32Array(3) } },
          OPTIONS,
        ),
      /3 channels/,
    ],
    ['a batch size of 0', () => trainerOf(net(), one, { ...OPTIONS, batchSize: 0 }), /batchSize .* 0/],
    [
      'a Softmax in the middle',
      () => trainerOf(new GraphBuilder('s', [4], 1).softmax().gemm(2).graph(), one, OPTIONS),
      /Softmax "softmax_0" is not the last node/,
    ],
  ])('%s', (_, run, message) => {
    expect(fault(run).message).toMatch(message)
  })
})

function fault(run: () => unknown): OctetError {
  try {
    run()
  } catch (error) {
    if (error instanceof OctetError) return error
    throw error
  }
  throw new Error('no fault')
}
