import { expect, test } from 'vitest'
import { AFFINE_INT8, Calibration, modelOf, SYMMETRIC_INT8, tensor } from '@octet/core'
import { Random } from '@octet/core/statistics'
import { QatNetwork } from '../src/qat/network.ts'
import { Network } from '../src/network.ts'
import { GraphBuilder } from '../../core/test/model/graphs.ts'

const random = new Random(3)
const x = tensor(
  'float32',
  [4, 2, 3, 3],
  Float32Array.from({ length: 72 }, () => random.uniform() * 2 - 1),
)

test('a weight that two nodes read is one parameter, with the gradients of both', () => {
  const build = new GraphBuilder()
  const w = build.constant('w', [2, 2], Float32Array.of(0.5, -1, 2, 0.25))
  build.add({ op: 'MatMul', name: 'a', inputs: ['x', w], output: 'h', attributes: null })
  build.add({ op: 'MatMul', name: 'b', inputs: ['h', w], output: 'y', attributes: null })
  const network = new Network(build.graph([2]), 1)
  network.input.data.set([1, -2])
  network.forward(1, 'train')
  network.logits.grad!.set([1, 0])
  network.backward(1)
  expect(network.parameters.map(({ name }) => name)).toEqual(['w'])
  // y0 = (x W W)0, its derivative by W is x' (W e0)' + (x W)' e0'.
  const h = [1 * 0.5 - 2 * 2, -1 - 2 * 0.25]
  const column = [0.5, 2]
  expect([...network.parameters[0].grad]).toEqual([
    column[0] + h[0],
    column[1],
    -2 * column[0] + h[1],
    -2 * column[1],
  ])
})

test('running statistics are their own, although they are stored with biases and with each other', () => {
  const build = new GraphBuilder()
  const zeros = build.constant('zeros', [2], Float32Array.of(0, 0))
  const ones = build.constant('ones', [2], Float32Array.of(1, 1))
  const attributes = { epsilon: 1e-5 }
  for (const [name, from, to] of [
    ['first', 'x', 'h'],
    ['second', 'h', 'y'],
  ])
    build.add({
      op: 'BatchNormalization',
      name,
      inputs: [from, ones, zeros, zeros, ones],
      output: to,
      attributes,
    })
  const network = new Network(build.graph([2, 3, 3]), 4)
  network.input.data.set(x.data.map((value) => 3 * value + 1))
  network.forward(4, 'train')
  const graph = network.graph()
  const [first, second] = graph.nodes.map(({ inputs }) =>
    inputs.slice(1).map((name) => graph.initializers.get(name)!.data),
  )
  expect([...first[1]]).toEqual([0, 0])
  expect(first[2][0]).toBeGreaterThan(0.01)
  // What the first one yields has mean 0 and variance 1 already.
  expect(Math.abs(second[2][0])).toBeLessThan(1e-6)
  expect(second[3][0]).toBeCloseTo(1, 4)
  expect(network.parameters.map(({ name }) => name)).toEqual(['zeros', 'ones'])
  expect([...build.initializers.get('zeros')!.data]).toEqual([0, 0])
})

test('quantization-aware training knows tensors that are called as its own are', async () => {
  const build = new GraphBuilder()
  const conv = (name: string, from: string, to: string): void => {
    build.conv(name, from, [2, 2, 1, 1], { bias: 'random' })
    build.nodes.push({ ...build.nodes.pop()!, output: to })
  }
  conv('normalize', 'x', 'x raw')
  build.add({ op: 'Relu', name: 'r', inputs: ['x raw'], output: 'x product', attributes: null })
  conv('normalize.weight.grid', 'x product', 'normalize.weight.grid')
  build.add({ op: 'Add', name: 'sum', inputs: ['normalize.weight.grid', 'x'], output: 'y', attributes: null })
  build.flatten('flat', 'y')
  const plain = rename(build.graph([2, 3, 3]))
  const [clashing, renamed] = await Promise.all([build.graph([2, 3, 3]), plain].map(trained))
  expect(clashing.state.size).toBe(renamed.state.size)
  expect([...clashing.state.values()]).toEqual([...renamed.state.values()])
  expect(clashing.logits).toEqual(renamed.logits)
})

/** The graph with names that nothing else uses. */
function rename(graph: ReturnType<GraphBuilder['graph']>): ReturnType<GraphBuilder['graph']> {
  const tensors = new Map(graph.nodes.map(({ output }, i) => [output, `t${i}`]))
  const nodes = graph.nodes.map((node, i) => ({
    ...node,
    name: `n${i}`,
    inputs: node.inputs.map((name) => tensors.get(name) ?? name),
    output: tensors.get(node.output)!,
  }))
  return { ...graph, nodes, output: tensors.get(graph.output)! }
}

async function trained(graph: ReturnType<GraphBuilder['graph']>): Promise<{
  state: ReadonlyMap<string, Float32Array>
  logits: Float32Array
}> {
  const normalizer = { offset: Float32Array.of(0), scale: Float32Array.of(1) }
  const start = await new Calibration(modelOf(graph), normalizer, [x]).quantize({
    calibration: 'minmax',
    activations: AFFINE_INT8,
    weights: { ...SYMMETRIC_INT8, granularity: 'per-channel' },
    transforms: { equalization: 'none', rounding: 'adaround', biasCorrection: true },
  })
  const network = new QatNetwork(start, 4, { graph, learned: true })
  network.input.data.set(x.data)
  for (let step = 0; step < 2; step++) {
    network.forward(4, 'train')
    network.logits.grad!.fill(0.1)
    network.backward(4)
    for (const { data, grad } of network.parameters)
      for (let i = 0; i < data.length; i++) data[i] -= 0.1 * grad[i]
  }
  network.forward(4, 'infer')
  return { state: network.state, logits: network.logits.data.slice() }
}
