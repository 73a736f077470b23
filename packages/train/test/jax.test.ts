import { beforeAll, describe, expect, test } from 'vitest'
import type { Array as JaxArray } from '@jax-js/jax'
import { elements, type Graph } from '@octet/core'
import { Random } from '@octet/core/statistics'
import { GraphBuilder } from '../src/build.ts'
import { softmaxCrossEntropy } from '../src/loss/cross-entropy.ts'
import { Network } from '../src/network.ts'
import { GraphBuilder as TestGraphBuilder } from '../../core/test/model/graphs.ts'

const BATCH = 6
const CLASSES = 5
const SMOOTHING = 0.1
const EPSILON = 1e-3
/** Both sides store float32; sums of some hundred terms agree to this share of a parameter's largest gradient. */
const TOLERANCE = 1e-5

type Jax = typeof import('@jax-js/jax')
let jax: Jax

beforeAll(async () => {
  // jax-js looks for WebGPU in `navigator`, which Node 20 does not have.
  if (!('navigator' in globalThis)) Object.assign(globalThis, { navigator: {} })
  jax = await import('@jax-js/jax')
  await jax.init('wasm')
  jax.defaultDevice('wasm')
})

describe('loss and gradients equal those of jax-js', () => {
  test('for convolutions, max pooling, a residual and a dense layer', () => {
    const net = new GraphBuilder('conv-net', [2, 8, 8], 3)
    net.conv(4, { kernel: 3, pad: 1 }).relu().maxPool({ kernel: 2 })
    const shortcut = net.output
    const graph = net
      .conv(4, { kernel: 3, pad: 1, group: 2 })
      .add(shortcut)
      .relu()
      .flatten()
      .gemm(CLASSES)
      .softmax()
      .graph()
    expect(largestError(graph, convNet)).toBeLessThan(TOLERANCE)
  })

  test('for a depthwise-separable net with BatchNormalization and ReLU6', () => {
    const graph = new GraphBuilder('mobile-net', [3, 9, 9], 4)
      .conv(4, { kernel: 3, stride: 2, pad: 1, bias: false })
      .batchNormalization(EPSILON)
      .clip(0, 6)
      .depthwise({ kernel: 3, stride: 2, pad: 1, bias: false })
      .batchNormalization(EPSILON)
      .clip(0, 6)
      .conv(6, { kernel: 1 })
      .averagePool({ kernel: 2, stride: 1 })
      .relu()
      .globalAveragePool()
      .flatten()
      .gemm(CLASSES)
      .graph()
    expect(largestError(graph, mobileNet)).toBeLessThan(TOLERANCE)
  })
})

test('loss and gradients of gates, joins and smooth activations equal those of jax-js', () => {
  const build = new TestGraphBuilder(8)
  const activation = (op: 'Sigmoid' | 'HardSwish', name: string, input: string): string =>
    build.add({ op, name, inputs: [input], output: name, attributes: null })
  const stem = activation(
    'HardSwish',
    'swish',
    build.conv('stem', 'x', [4, 2, 3, 3], { pads: [1, 1, 1, 1], bias: 'random' }),
  )
  const pooled = build.add({
    op: 'GlobalAveragePool',
    name: 'squeeze',
    inputs: [stem],
    output: 'squeezed',
    attributes: null,
  })
  const gate = build.add({
    op: 'HardSigmoid',
    name: 'gate',
    inputs: [build.conv('excite', pooled, [4, 4, 1, 1], { bias: 'random' })],
    output: 'gate',
    attributes: { alpha: 0.25, beta: 0.5 },
  })
  const gated = build.add({
    op: 'Mul',
    name: 'scale',
    inputs: [stem, gate],
    output: 'gated',
    attributes: null,
  })
  const smooth = activation('Sigmoid', 'smooth', build.conv('side', stem, [3, 4, 1, 1], { bias: 'random' }))
  const joined = build.add({
    op: 'Concat',
    name: 'join',
    inputs: [gated, smooth],
    output: 'joined',
    attributes: { axis: 1 },
  })
  build.gemm('fc', build.flatten('flat', joined), CLASSES, 7 * 16)
  expect(largestError(build.graph([2, 4, 4]), gatedNet)).toBeLessThan(TOLERANCE)
})

type Model = (x: JaxArray, parameters: JaxArray[]) => JaxArray

const convNet: Model = (x, [w1, b1, w2, b2, w3, b3]) => {
  const { nn } = jax
  const first = nn.relu(biased(conv(x, w1, 1, 1), b1))
  const pooled = first.reshape([BATCH, 4, 4, 2, 4, 2]).max([3, 5])
  const second = nn.relu(biased(conv(pooled.ref, w2, 1, 1, 2), b2).add(pooled))
  return jax.numpy.dot(second.reshape([BATCH, 64]), w3.transpose()).add(b3)
}

const mobileNet: Model = (x, [w1, s1, o1, w2, s2, o2, w3, b3, w4, b4]) => {
  const { nn } = jax
  const first = nn.relu6(normalized(conv(x, w1, 2, 1), s1, o1))
  const second = nn.relu6(normalized(conv(first, w2, 2, 1, 4), s2, o2))
  const third = biased(conv(second, w3, 1, 0), b3)
  const pooled = nn.relu(jax.lax.reduceWindow(third, (window) => window.mean(), [2, 2], [1, 1]))
  return jax.numpy.dot(pooled.mean([2, 3]), w4.transpose()).add(b4)
}

const gatedNet: Model = (x, [w1, b1, w2, b2, w3, b3, w4, b4]) => {
  const { nn, numpy: np } = jax
  const clip = (a: JaxArray, hi: number): JaxArray => np.minimum(np.maximum(a, 0), hi)
  const before = biased(conv(x, w1, 1, 1), b1)
  const stem = before.ref.mul(clip(before.add(3), 6)).div(6)
  const squeezed = stem.ref.mean([2, 3], { keepdims: true })
  const gate = clip(
    biased(conv(squeezed, w2, 1, 0), b2)
      .mul(0.25)
      .add(0.5),
    1,
  )
  const smooth = nn.sigmoid(biased(conv(stem.ref, w3, 1, 0), b3))
  const joined = np.concatenate([stem.mul(gate), smooth], 1)
  return np.dot(joined.reshape([BATCH, 7 * 16]), w4.transpose()).add(b4)
}

function conv(x: JaxArray, w: JaxArray, stride: number, pad: number, groups = 1): JaxArray {
  const padding: [number, number] = [pad, pad]
  return jax.lax.convGeneralDilated(x, w, [stride, stride], [padding, padding], { featureGroupCount: groups })
}

function biased(x: JaxArray, bias: JaxArray): JaxArray {
  return x.add(bias.reshape([1, -1, 1, 1]))
}

function normalized(x: JaxArray, scale: JaxArray, shift: JaxArray): JaxArray {
  const centred = x.ref.sub(x.mean([0, 2, 3], { keepdims: true }))
  const variance = centred.ref.mul(centred.ref).mean([0, 2, 3], { keepdims: true })
  const unit = centred.div(jax.numpy.sqrt(variance.add(EPSILON)))
  return biased(unit.mul(scale.reshape([1, -1, 1, 1])), shift)
}

/** Runs both on the same random samples and parameters; the largest difference of the loss or of any gradient. */
function largestError(graph: Graph, model: Model): number {
  const random = new Random(11)
  const uniform = (length: number): Float32Array =>
    Float32Array.from({ length }, () => 2 * random.uniform() - 1)
  const x = uniform(BATCH * elements(graph.inputs[0].shape))
  const labels = Int32Array.from({ length: BATCH }, () => random.below(CLASSES))
  const network = new Network(graph, BATCH)
  // Not the initial values: scales of 1 and shifts of 0 would hide their gradients' factors.
  for (const { data, shape } of network.parameters) if (shape.length === 1) data.set(uniform(data.length))
  network.input.data.set(x)
  network.forward(BATCH, 'train')
  const { loss } = softmaxCrossEntropy(network.logits, labels, BATCH, SMOOTHING)
  network.backward(BATCH)

  const { numpy: np, nn } = jax
  const array = (data: Float32Array, shape: readonly number[]): JaxArray => np.array(data).reshape([...shape])
  const targets = new Float32Array(BATCH * CLASSES).fill(SMOOTHING / CLASSES)
  labels.forEach((label, i) => (targets[i * CLASSES + label] += 1 - SMOOTHING))
  const [jaxLoss, gradients] = jax.valueAndGrad((parameters: JaxArray[]) =>
    nn
      .logSoftmax(model(array(x, [BATCH, ...graph.inputs[0].shape]), parameters))
      .mul(array(targets, [BATCH, CLASSES]))
      .sum()
      .mul(-1 / BATCH),
  )(network.parameters.map(({ data, shape }) => array(data.slice(), shape)))

  let worst = Math.abs((jaxLoss.js() as number) - loss)
  for (const [index, { grad }] of network.parameters.entries()) {
    const expected = gradients[index].dataSync() as Float32Array
    const largest = Math.max(...expected.map(Math.abs))
    expect(largest).toBeGreaterThan(0)
    grad.forEach((g, i) => (worst = Math.max(worst, Math.abs(g - expected[i]) / largest)))
  }
  return worst
}
