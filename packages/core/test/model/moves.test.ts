import { describe, expect, test } from 'vitest'
import { canonicalize } from '../../src/model/canonical/canonicalize.ts'
import { modelOf } from '../../src/model/layers.ts'
import { answerOf } from '../../src/execute/trace.ts'
import { lower } from '../../src/execute/lower.ts'
import { tensor } from '../../src/tensor/tensor.ts'
import { GraphBuilder } from './graphs.ts'
import { interpret } from './interpret.ts'

type Node = GraphBuilder['nodes'][number]
type Op<Name extends Node['op']> = Extract<Node, { readonly op: Name }>

function transpose(build: GraphBuilder, name: string, input: string, perm: readonly number[]): string {
  return build.add({ op: 'Transpose', name, inputs: [input], output: `${name}.y`, attributes: { perm } })
}

function pad(build: GraphBuilder, input: string, value = 0): string {
  const attributes = { mode: 'constant', pads: [0, 0, 1, 0, 0, 0, 1, 1], value } as const
  return build.add({ op: 'Pad', name: 'pad', inputs: [input], output: 'pad.y', attributes })
}

function maxPool(build: GraphBuilder, input: string, kernel: number): void {
  const window = { kernel: [kernel, kernel], strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1] } as const
  const attributes = { ...window, ceilMode: false }
  build.add({ op: 'MaxPool', name: 'pool', inputs: [input], output: 'pool.y', attributes })
}

// That rewrites keep what a graph computes is tried on drawn graphs, in rewrite.test.ts.

describe('Transposes', () => {
  test('that undo each other around an activation and a constant are gone, and the activation is fused', () => {
    const build = new GraphBuilder()
    let y = build.conv('a', 'x', [4, 3, 1, 1])
    y = transpose(build, 'last', y, [0, 2, 3, 1])
    const inputs = [y, build.constant('shift', [4])]
    y = build.add({ op: 'Add', name: 'add', inputs, output: 'add.y', attributes: null })
    y = build.relu('relu', y)
    y = transpose(build, 'first', y, [0, 3, 1, 2])
    build.conv('b', y, [2, 4, 3, 3])
    const { layers } = modelOf(build.graph([3, 5, 6]))
    expect(layers.map(({ node, clamp }) => [node.op, clamp[0]])).toEqual([
      ['Conv', 0],
      ['Conv', -Infinity],
    ])
  })

  test('that would be more behind what reads them stay where they are', () => {
    const build = new GraphBuilder()
    const y = transpose(build, 'turn', 'x', [0, 2, 3, 1])
    const z = build.relu('relu', y)
    const inputs = [build.conv('a', y, [4, 5, 1, 1]), build.conv('b', z, [4, 5, 1, 1])]
    build.add({ op: 'Add', name: 'sum', inputs, output: 'sum.y', attributes: null })
    const { nodes } = canonicalize(build.graph([3, 5, 6]))
    expect(nodes.map(({ op }) => op)).toEqual(['Transpose', 'Relu', 'Conv', 'Conv', 'Add'])
  })

  test('one after the other are one, at the end of the graph under its own name', () => {
    const build = new GraphBuilder()
    const y = build.relu('relu', transpose(build, 'a', 'x', [0, 2, 3, 1]))
    const output = transpose(build, 'b', y, [0, 2, 3, 1])
    const graph = canonicalize(build.graph([3, 5, 6]))
    expect(graph.nodes.map(({ op }) => op)).toEqual(['Relu', 'Transpose'])
    expect((graph.nodes[1] as Op<'Transpose'>).attributes.perm).toEqual([0, 3, 1, 2])
    expect(graph.output).toBe(output)
  })

  test('between two Reshapes that change the order of channels become a Gather', () => {
    const build = new GraphBuilder()
    const reshape = (name: string, input: string, shape: number[]): string =>
      build.add({ op: 'Reshape', name, inputs: [input], output: `${name}.y`, attributes: { shape } })
    reshape('c', transpose(build, 'b', reshape('a', 'x', [-1, 2, 3, 4, 5]), [0, 2, 1, 3, 4]), [-1, 6, 4, 5])
    const [gather, ...others] = canonicalize(build.graph([6, 4, 5])).nodes
    expect(others).toEqual([])
    expect((gather as Op<'Gather'>).attributes).toEqual({ axis: 1, indices: [0, 3, 1, 4, 2, 5] })
  })
})

describe('a Transpose before the row of a layer', () => {
  const x = tensor(
    'float32',
    [2, 3, 4, 5],
    Float32Array.from({ length: 120 }, (_, i) => Math.sin(i)),
  )
  const gemm = (
    build: GraphBuilder,
    name: string,
    input: string,
    weight: number[],
    transB: boolean,
  ): string => {
    const inputs = [input, build.constant(`${name}.w`, weight), build.constant(`${name}.b`, [7])]
    const attributes = { alpha: 1, beta: 1, transA: false, transB }
    return build.add({ op: 'Gemm', name, inputs, output: `${name}.y`, attributes })
  }

  test.each<[string, (build: GraphBuilder, row: string) => string]>([
    ['Gemm', (build, row) => gemm(build, 'a', row, [60, 7], false)],
    ['Gemm of turned weights', (build, row) => gemm(build, 'a', row, [7, 60], true)],
    [
      'MatMul',
      (build, row) => {
        const inputs = [row, build.constant('w', [60, 7])]
        return build.add({ op: 'MatMul', name: 'a', inputs, output: 'a.y', attributes: null })
      },
    ],
  ])('is in the order of its weights: %s', (_, layer) => {
    const build = new GraphBuilder()
    const last = transpose(build, 'last', build.relu('relu', 'x'), [0, 2, 3, 1])
    const attributes = { shape: [0, -1] }
    layer(build, build.add({ op: 'Reshape', name: 'r', inputs: [last], output: 'r.y', attributes }))
    const graph = build.graph([3, 4, 5])
    const model = modelOf(graph)
    expect(model.layers.map(({ node }) => node.op)).toEqual(['Relu', 'Flatten', 'Gemm'])
    const normalizer = { offset: Float32Array.of(0), scale: Float32Array.of(1) }
    const y = answerOf(lower({ precision: 'fp32', model }, { batch: 2, normalizer }), x)
    const expected = interpret(graph, { shape: x.shape, data: Float64Array.from(x.data) }).data
    for (const [i, value] of expected.entries()) expect(Math.abs(y[i] - value)).toBeLessThan(1e-5)
  })

  test('stays where the row, or what is before it, is read elsewhere too', () => {
    const build = new GraphBuilder()
    const last = transpose(build, 'last', 'x', [0, 2, 3, 1])
    const row = build.add({
      op: 'Flatten',
      name: 'r',
      inputs: [last],
      output: 'r.y',
      attributes: { axis: 1 },
    })
    const inputs = [gemm(build, 'a', row, [60, 7], false), gemm(build, 'b', row, [60, 7], false)]
    build.add({ op: 'Add', name: 'sum', inputs, output: 'sum.y', attributes: null })
    const { nodes } = canonicalize(build.graph([3, 4, 5]))
    expect(nodes.map(({ op }) => op)).toEqual(['Transpose', 'Flatten', 'Gemm', 'Gemm', 'Add'])
  })

  test('that moves axes of one element alone is a Reshape', () => {
    const build = new GraphBuilder()
    transpose(build, 'last', build.relu('relu', 'x'), [0, 2, 3, 1])
    const { nodes } = canonicalize(build.graph([6, 1, 1]))
    expect(nodes.map(({ op }) => op)).toEqual(['Relu', 'Reshape'])
  })
})

test('what is moved to comparisons alone stays in floats', () => {
  const build = new GraphBuilder()
  const reshape = (name: string, input: string): string =>
    build.add({
      op: 'Reshape',
      name,
      inputs: [input],
      output: `${name}.y`,
      attributes: { shape: [0, 2, 3, 1] },
    })
  const places = reshape('places', 'x')
  const inputs = [reshape('both', places), build.constant('all', [4])]
  const same = build.add({ op: 'Equal', name: 'same', inputs, output: 'same.y', attributes: null })
  const sum = {
    op: 'Add',
    name: 'sum',
    inputs: [same, reshape('other', 'x')],
    output: 'sum.y',
    attributes: null,
  } as const
  build.add(sum)
  const { layers } = modelOf(build.graph([2, 3]))
  expect(layers.filter(({ inFloats }) => inFloats).map(({ name }) => name)).toEqual(['both'])
})

describe('a Pad', () => {
  test('of zeros is the padding of the Conv behind it', () => {
    const build = new GraphBuilder()
    build.conv('a', pad(build, 'x'), [4, 3, 3, 3], { pads: [1, 1, 0, 0] })
    const { nodes } = canonicalize(build.graph([3, 5, 6]))
    expect(nodes.map(({ op }) => op)).toEqual(['Conv'])
    expect((nodes[0] as Op<'Conv'>).attributes.pads).toEqual([2, 1, 1, 1])
  })

  test.each<[string, boolean, number, number, string[]]>([
    ['zeros behind a Relu', true, 0, 3, ['Relu', 'MaxPool']],
    ['zeros that may be the largest', false, 0, 3, ['Pad', 'MaxPool']],
    ['-infinity', false, -Infinity, 3, ['MaxPool']],
    ['-infinity in whole windows', false, -Infinity, 1, ['Pad', 'MaxPool']],
  ])('of %s before a MaxPool', (_, relu, value, kernel, ops) => {
    const build = new GraphBuilder()
    maxPool(build, pad(build, relu ? build.relu('relu', 'x') : 'x', value), kernel)
    expect(canonicalize(build.graph([3, 5, 6])).nodes.map(({ op }) => op)).toEqual(ops)
  })
})
