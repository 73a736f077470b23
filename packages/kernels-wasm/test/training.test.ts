import {
  AFFINE_INT8,
  Calibration,
  modelOf,
  SYMMETRIC_INT8,
  tensor,
  type Graph,
  type Node,
  type Shape,
  type Tensor,
} from '@octet/core'
import { Random } from '@octet/core/statistics'
import type { TrainingKernels, Value } from '@octet/core/training'
import { GraphBuilder, Network, QatNetwork, Trainer, type Trainable, type TrainingData } from '@octet/train'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import training from '../dist/training.js'

const kernels = await training.open()

/** The same kernels, with a list of the ops that they did and did not bind. */
function watched(): { readonly by: TrainingKernels; readonly bound: string[]; readonly left: string[] } {
  const [bound, left]: [string[], string[]] = [[], []]
  const open: TrainingKernels['open'] = (elements) => {
    const memory = kernels.open(elements)
    return (
      memory && {
        array: (length) => memory.array(length),
        bind: (node, ...values) => {
          const operator = memory.bind(node, ...values)
          ;(operator === undefined ? left : bound).push(node.op)
          return operator
        },
      }
    )
  }
  return { by: { ...kernels, open }, bound, left }
}

const small = (random: Random): number => random.below(5) - 2

/** One pass on small integers, in and out: logits, and gradients of the parameters. */
function pass(network: Trainable, batch: number, seed: number): number[][] {
  const random = new Random(seed)
  for (let i = 0; i < network.input.data.length; i++) network.input.data[i] = small(random)
  network.forward(batch, 'train')
  const { data, grad, shape } = network.logits
  const count = batch * shape.reduce((product, size) => product * size, 1)
  for (let i = 0; i < count; i++) grad![i] = small(random)
  network.backward(batch)
  return [data.subarray(0, count), ...network.parameters.map((parameter) => parameter.grad)].map((values) =>
    Array.from(values, (value) => value + 0),
  )
}

/** A graph from nodes without names, each reading the one before it, with constants of small integers. */
function graphOf(
  input: Shape,
  seed: number,
): {
  readonly add: (
    node: { op: Node['op']; attributes: object | null },
    constants?: readonly Shape[],
    others?: readonly string[],
  ) => string
  readonly graph: () => Graph
} {
  const random = new Random(seed)
  const nodes: Node[] = []
  const initializers = new Map<string, Tensor<'float32'>>()
  let output = 'input'
  return {
    add: ({ op, attributes }, constants = [], others = []) => {
      const name = `node${nodes.length}`
      const names = constants.map((shape, i) => {
        const length = shape.reduce((product, size) => product * size, 1)
        const data = Float32Array.from({ length }, () => small(random))
        initializers.set(`${name}.${i}`, tensor('float32', shape, data))
        return `${name}.${i}`
      })
      nodes.push({
        op,
        name,
        inputs: [output, ...others, ...names],
        output: name,
        attributes,
      } as unknown as Node)
      return (output = name)
    },
    graph: () => ({ name: 'graph', inputs: [{ name: 'input', shape: input }], output, nodes, initializers }),
  }
}

const ONE_BY_ONE = { kernel: [1, 1], strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: 1 }
const PAIRS = { kernel: [2, 2], strides: [2, 2], dilations: [1, 1], ceilMode: false }
const between = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max })
const CONV = fc
  .record({
    size: fc.tuple(between(9, 17), between(9, 17)),
    kernel: fc.tuple(between(1, 3), between(1, 3)),
    strides: fc.tuple(between(1, 3), between(1, 3)),
    pads: fc.tuple(between(0, 2), between(0, 2), between(0, 2), between(0, 2)),
    dilations: fc.tuple(between(1, 2), between(1, 2)),
    group: between(1, 3),
    channels: between(1, 3),
    filters: between(1, 3),
    depthwise: fc.boolean(),
    bias: fc.boolean(),
  })
  .map(({ depthwise, ...conv }) =>
    depthwise ? Object.assign(conv, { channels: 1, kernel: [3, 3], dilations: [1, 1] }) : conv,
  )

describe('the nodes of a network', () => {
  test("yield the outputs and gradients of the trainer's loops, to the bit where integers are exact", () => {
    fc.assert(
      fc.property(
        CONV,
        fc.record({
          pool: fc.constantFrom('none', 'pairs', 'padded'),
          relu: fc.boolean(),
          transB: fc.boolean(),
          bias: fc.boolean(),
          units: between(1, 11),
        }),
        fc.record({ capacity: between(1, 6), left: between(0, 2), seed: fc.nat() }),
        ({ size, channels, filters, bias, ...window }, { pool, relu, transB, units, ...gemm }, run) => {
          const net = graphOf([2, ...size], run.seed)
          const [all, made] = [channels * window.group, filters * window.group]
          // Weights before it, so that the gradient of the window's input is seen.
          net.add({ op: 'Conv', attributes: ONE_BY_ONE }, [[all, 2, 1, 1], [all]])
          net.add({ op: 'Conv', attributes: window }, [
            [made, channels, ...window.kernel],
            ...(bias ? [[made]] : []),
          ])
          const shortcut = net.add(
            relu ? { op: 'Relu', attributes: null } : { op: 'Clip', attributes: { min: -7, max: 20 } },
          )
          const pads = pool === 'pairs' ? [0, 0, 0, 0] : [0, 0, 1, 1]
          if (pool === 'none') net.add({ op: 'Add', attributes: null }, [], [shortcut])
          else net.add({ op: 'MaxPool', attributes: { ...PAIRS, pads } })
          net.add({ op: 'Flatten', attributes: { axis: 1 } })
          const inputs = lengthOf(net.graph())
          net.add({ op: 'Gemm', attributes: { alpha: 2, beta: -1, transA: false, transB } }, [
            transB ? [units, inputs] : [inputs, units],
            ...(gemm.bias ? [[units]] : []),
          ])
          const graph = net.graph()
          const batch = Math.max(1, run.capacity - run.left)
          const [own, theirs] = [undefined, kernels].map((by) => new Network(graph, run.capacity, by))
          for (const seed of [1, 2]) expect(pass(theirs, batch, seed)).toEqual(pass(own, batch, seed))
        },
      ),
      { numRuns: 300 },
    )
  })
})

/** A little MobileNet with a shortcut, on 8 x 8. */
function mobileNet(): Graph {
  const net = new GraphBuilder('mobile', [1, 8, 8], 4)
  net.conv(6, { kernel: 3, pad: 1, bias: false }).batchNormalization().clip(0, 6)
  const shortcut = net.output
  net.depthwise({ kernel: 3, pad: 1 }).batchNormalization().relu()
  net.conv(6, { kernel: 1, bias: false }).batchNormalization().add(shortcut).relu()
  return net.globalAveragePool().flatten().gemm(2).softmax().graph()
}

const NORMALIZER = { offset: Float32Array.of(60), scale: Float32Array.of(1 / 64) }

/** Bright bars, horizontal or vertical, on noise: two classes, as a sensor gives them. */
function bars(count: number): TrainingData & { readonly x: Tensor<'float32'> } {
  const random = new Random(1)
  const x = tensor('float32', [count, 1, 8, 8])
  for (let i = 0; i < x.data.length; i++) x.data[i] = random.below(100)
  const y = Int32Array.from({ length: count }, (_, sample) => {
    const [label, line] = [random.below(2), random.below(8)]
    for (let i = 0; i < 8; i++) x.data[sample * 64 + (label === 0 ? line * 8 + i : i * 8 + line)] += 150
    return label
  })
  return { x, y, normalizer: NORMALIZER }
}

const DATA = bars(320)
const OPTIONS = {
  epochs: 6,
  batchSize: 32,
  optimizer: { kind: 'sgd', learningRate: 0.05, momentum: 0.9 },
  seed: 1,
} as const

/** The losses of a training, whose state is left in the network. */
function losses(network: Trainable): number[] {
  const trainer = new Trainer(network, DATA, OPTIONS)
  return Array.from({ length: trainer.totalSteps }, () => trainer.next().loss)
}

function expectClose(actual: Float32Array, expected: Float32Array, tolerance: number): void {
  const most = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)
  const worst = actual.reduce((largest, value, i) => Math.max(largest, Math.abs(value - expected[i])), 0)
  expect(worst).toBeLessThanOrEqual(tolerance * Math.max(most, 1e-3))
}

describe('a training', () => {
  test("has every node of a MobileNet computed here, and goes as by the trainer's loops", () => {
    const watch = watched()
    const theirs = new Network(mobileNet(), 32, watch.by)
    expect(watch.left).toEqual([])
    expect(new Set(watch.bound)).toEqual(
      new Set(['Conv', 'BatchNormalization', 'Clip', 'Relu', 'Add', 'GlobalAveragePool', 'Flatten', 'Gemm']),
    )
    const ofTheirs = losses(theirs)
    const own = new Network(mobileNet(), 32)
    const ofOwn = losses(own)
    expect(ofOwn.at(-1)).toBeLessThan(ofOwn[0] / 2)
    for (const [step, loss] of ofOwn.entries()) expect(ofTheirs[step]).toBeCloseTo(loss, 5)
    for (const [name, data] of own.state) expectClose(theirs.state.get(name)!, data, 1e-3)
  })

  test("has the loops' gradients to rounding, in its first step", () => {
    const [own, theirs] = [undefined, kernels].map((by) => new Network(mobileNet(), 32, by))
    for (const network of [own, theirs]) new Trainer(network, DATA, OPTIONS).next()
    for (const [i, { grad }] of own.parameters.entries()) expectClose(theirs.parameters[i].grad, grad, 1e-5)
    for (const [name, data] of own.state) expectClose(theirs.state.get(name)!, data, 1e-5)
  })

  test('infers with the running statistics', () => {
    const [own, theirs] = [undefined, kernels].map((by) => new Network(mobileNet(), 5, by))
    for (const network of [own, theirs]) {
      pass(network, 5, 1)
      network.forward(3, 'infer')
    }
    expectClose(theirs.logits.data, own.logits.data, 1e-5)
  })

  test('gives the same bits each time, whatever was trained before', () => {
    const again = (): number[][] => {
      const network = new Network(mobileNet(), 32, kernels)
      return [losses(network), ...[...network.state.values()].map((data) => Array.from(data))]
    }
    expect(again()).toEqual(again())
  })

  test("of a quantized model goes as by the trainer's loops", async () => {
    const graph = mobileNet()
    const calibration = new Calibration(modelOf(graph), NORMALIZER, [DATA.x])
    const start = await calibration.quantize({
      calibration: 'minmax',
      activations: AFFINE_INT8,
      weights: { ...SYMMETRIC_INT8, granularity: 'per-channel' },
      transforms: { equalization: 'none', rounding: 'nearest', biasCorrection: false },
    })
    const [own, theirs] = [{}, { kernels }].map((by) => losses(new QatNetwork(start, 32, { graph, ...by })))
    expect(own.at(-1)).toBeLessThan(own[0] / 2)
    // A value near the middle between two steps of a grid may be rounded to either.
    for (const [step, loss] of own.entries()) expect(Math.abs(theirs[step] - loss)).toBeLessThan(0.01)
  })
})

describe("what has no kernel is left to the trainer's loops", () => {
  const relu = { op: 'Relu', name: 'relu', inputs: ['x'], output: 'y', attributes: null } as Node
  const value = (array: (length: number) => Float32Array): Value => ({
    name: 'x',
    shape: [4],
    batched: true,
    data: array(4),
    grad: array(4),
  })

  test('an op', () => {
    const memory = kernels.open(1000)!
    const one = (): Value => value((length) => memory.array(length))
    expect(memory.bind(relu, [one()], one(), 1)).toBeDefined()
    expect(memory.bind({ ...relu, op: 'Sigmoid' } as Node, [one()], one(), 1)).toBeUndefined()
  })

  test('arrays of other memory', () => {
    const memory = kernels.open(1000)!
    const [here, elsewhere] = [
      value((length) => memory.array(length)),
      value((length) => new Float32Array(length)),
    ]
    expect(memory.bind(relu, [here], elsewhere, 1)).toBeUndefined()
    expect(memory.bind(relu, [elsewhere], here, 1)).toBeUndefined()
  })

  test('networks that no memory of 32-bit addresses holds', () => {
    expect(kernels.open(2 ** 30)).toBeUndefined()
  })

  test('what does not fit behind arrays that are larger than was said: they are zeros of JavaScript then', () => {
    const memory = kernels.open(0)!
    const [first, second] = [memory.array(3_000_000), memory.array(3_000_000)]
    expect(first.buffer.byteLength).toBeGreaterThan(4 * first.length)
    expect(second.buffer.byteLength).toBe(4 * second.length)
  })
})

/** Elements of a sample of a graph's output. */
function lengthOf(graph: Graph): number {
  return new Network(graph, 1).logits.data.length
}
