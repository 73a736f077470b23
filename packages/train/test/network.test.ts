import { describe, expect, test } from 'vitest'
import { tensor } from '@octet/core'
import { GraphBuilder } from '../src/build.ts'
import { softmaxCrossEntropy } from '../src/loss/cross-entropy.ts'
import { Network } from '../src/network.ts'

describe('GraphBuilder', () => {
  test('draws the same weights for a seed, within the bound of He et al., and others for another seed', () => {
    const [a, b, c] = [1, 1, 2].map((seed) => {
      const { initializers } = new GraphBuilder('g', [3, 8, 8], seed).conv(16, { kernel: 3 }).graph()
      return initializers.get('conv_0.weight')!.data
    })
    expect(b).toEqual(a)
    expect(c).not.toEqual(a)
    const largest = Math.max(...a.map(Math.abs))
    const bound = Math.sqrt(6 / 27)
    expect(largest).toBeLessThanOrEqual(bound)
    expect(largest).toBeGreaterThan(0.95 * bound)
  })

  test('names nodes for op and place, and takes sizes from the node before', () => {
    const graph = new GraphBuilder('g', [2, 8, 8], 1)
      .conv(4, { kernel: 3, stride: 2, pad: 1 })
      .depthwise({ kernel: 3 })
      .flatten()
      .gemm(5)
      .graph()
    expect(graph.nodes.map(({ name }) => name)).toEqual(['conv_0', 'conv_1', 'flatten_2', 'gemm_3'])
    expect(graph.initializers.get('conv_1.weight')!.shape).toEqual([4, 1, 3, 3])
    expect(graph.initializers.get('gemm_3.weight')!.shape).toEqual([5, 16])
  })
})

describe('BatchNormalization', () => {
  const graph = new GraphBuilder('bn', [1], 1).batchNormalization(0).graph()

  test('normalizes by the batch in training and moves the running statistics a tenth of the way', () => {
    const network = new Network(graph, 2)
    network.input.data.set([1, 5])
    network.forward(2, 'train')
    expect([...network.logits.data]).toEqual([-1, 1])
    const { initializers } = network.graph()
    expect(initializers.get('batchnormalization_0.mean')!.data[0]).toBeCloseTo(0.3, 6)
    expect(initializers.get('batchnormalization_0.var')!.data[0]).toBeCloseTo(0.9 + 0.4, 6)
  })

  test('uses the running statistics in inference and leaves them alone', () => {
    const initializers = new Map(graph.initializers)
    initializers.set('batchnormalization_0.mean', tensor('float32', [1], Float32Array.of(3)))
    initializers.set('batchnormalization_0.var', tensor('float32', [1], Float32Array.of(4)))
    const network = new Network({ ...graph, initializers }, 2)
    network.input.data.set([1, 9])
    network.forward(2, 'infer')
    expect([...network.logits.data]).toEqual([-1, 3])
    expect(network.graph().initializers).toEqual(initializers)
  })

  test('its running statistics are no parameters', () => {
    expect(new Network(graph, 1).parameters.map(({ name }) => name)).toEqual([
      'batchnormalization_0.scale',
      'batchnormalization_0.bias',
    ])
  })
})

describe('softmaxCrossEntropy', () => {
  test('is log(K) for equal logits, with a gradient towards the label', () => {
    const value = logits([2, 2, 2, 2], 4)
    const { loss } = softmaxCrossEntropy(value, Int32Array.of(3), 1, 0)
    expect(loss).toBeCloseTo(Math.log(4), 12)
    expect([...value.grad]).toEqual([0.25, 0.25, 0.25, -0.75])
  })

  test('with smoothing is least where the softmax equals the smoothed target', () => {
    // Of three classes at smoothing 0.3, the target is 0.7 + 0.1 at the label and 0.1 elsewhere.
    const value = logits([Math.log(0.8), Math.log(0.1), Math.log(0.1)], 3)
    softmaxCrossEntropy(value, Int32Array.of(0), 1, 0.3)
    for (const g of value.grad) expect(g).toBeCloseTo(0, 6)
  })

  test('does not overflow for large logits, and counts a batch', () => {
    const value = logits([1000, 0, 0, 1000], 2)
    const score = softmaxCrossEntropy(value, Int32Array.of(0, 0), 2, 0)
    expect(score).toEqual({ loss: 500, correct: 1, labelled: 2 })
    expect([...value.grad]).toEqual([0, 0, -0.5, 0.5])
  })
})

function logits(values: number[], classes: number) {
  const [data, grad] = [Float32Array.from(values), new Float32Array(values.length)]
  return { name: 'logits', shape: [classes], batched: true, data, grad }
}
