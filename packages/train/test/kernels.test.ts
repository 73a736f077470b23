import type { TrainingKernels } from '@octet/core/training'
import { describe, expect, test } from 'vitest'
import { GraphBuilder } from '../src/build.ts'
import { multiply } from '../src/gradients/matrix.ts'
import { Network } from '../src/network.ts'

const graph = new GraphBuilder('g', [3], 1).gemm(4).relu().gemm(2).graph()

/** Kernels that compute Relu alone, as its negative, in memory for so many elements. */
function negatingRelu(): TrainingKernels & { readonly opened: number[]; readonly arrays: Set<Float32Array> } {
  const opened: number[] = []
  const arrays = new Set<Float32Array>()
  return {
    opened,
    arrays,
    multiply,
    open: (elements) => {
      opened.push(elements)
      return {
        array: (length) => {
          const made = new Float32Array(length)
          arrays.add(made)
          return made
        },
        bind: (node, [x], y) =>
          node.op === 'Relu'
            ? { forward: () => y.data.set(x.data.map((value) => -value)), backward: () => undefined }
            : undefined,
      }
    },
  }
}

describe('training kernels of a package', () => {
  test('compute the nodes that they bind, in networks that are handed them; the loops here do the rest', () => {
    const [own, theirs] = [undefined, negatingRelu()].map((kernels) => new Network(graph, 1, kernels))
    for (const network of [own, theirs]) {
      network.input.data.set([1, -2, 3])
      network.forward(1, 'infer')
    }
    const [first, second] = ['gemm_0', 'gemm_2'].map((name) => graph.initializers.get(`${name}.weight`)!.data)
    const hidden = Array.from({ length: 4 }, (_, unit) =>
      first.subarray(3 * unit, 3 * unit + 3).reduce((sum, w, i) => sum + w * [1, -2, 3][i], 0),
    )
    const logits = (activate: (value: number) => number): number[] =>
      [0, 1].map((unit) => hidden.reduce((sum, value, i) => sum + second[4 * unit + i] * activate(value), 0))
    for (const [k, expected] of logits((value) => Math.max(0, value)).entries())
      expect(own.logits.data[k]).toBeCloseTo(expected, 5)
    for (const [k, expected] of logits((value) => -value).entries())
      expect(theirs.logits.data[k]).toBeCloseTo(expected, 5)
  })

  test('hold all arrays of a network, and are told how many elements those have', () => {
    const kernels = negatingRelu()
    const { input, logits, parameters } = new Network(graph, 7, kernels)
    for (const { data, grad } of [logits, ...parameters])
      expect([data, grad].every((array) => kernels.arrays.has(array!))).toBe(true)
    expect(kernels.arrays.has(input.data)).toBe(true)
    const taken = [...kernels.arrays].reduce((sum, { length }) => sum + length, 0)
    expect(kernels.opened[0]).toBeGreaterThanOrEqual(taken)
  })

  test('that have no memory for a network leave it to the loops here', () => {
    const network = new Network(graph, 1, { ...negatingRelu(), open: () => undefined })
    const own = new Network(graph, 1)
    for (const { input } of [network, own]) input.data.set([1, -2, 3])
    network.forward(1, 'infer')
    own.forward(1, 'infer')
    expect(network.logits.data).toEqual(own.logits.data)
  })
})
