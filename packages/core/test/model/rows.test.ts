import { describe, expect, test } from 'vitest'
import { answerOf } from '../../src/execute/trace.ts'
import { lower } from '../../src/execute/lower.ts'
import type { Graph } from '../../src/model/graph.ts'
import { modelOf } from '../../src/model/layers.ts'
import type { Node } from '../../src/ops/list.ts'
import { elements, tensor, type Shape } from '../../src/tensor/tensor.ts'
import { Random } from '../../src/statistics/random.ts'
import { expectClose } from './check-drawn.ts'
import { GraphBuilder } from './graphs.ts'
import { interpret } from './interpret.ts'

const NORMALIZER = { offset: Float32Array.of(0), scale: Float32Array.of(1) }

/** Runs a graph as its nodes say, and as the layers of its canonical form; the ops of those. */
function checked(graph: Graph, batch = 3): string[] {
  const model = modelOf(graph)
  const shape = [batch, ...graph.inputs[0].shape]
  const random = new Random(5)
  const x = tensor(
    'float32',
    shape,
    Float32Array.from({ length: elements(shape) }, () => random.uniform() * 4 - 2),
  )
  const expected = interpret(graph, { shape, data: Float64Array.from(x.data) }).data
  expectClose(
    answerOf(lower({ precision: 'fp32', model }, { batch, normalizer: NORMALIZER }), x),
    expected,
    graph,
  )
  return model.layers.map(({ node }) => node.op)
}

type Part = Pick<Node, 'op' | 'attributes'>

/** One node on samples of a shape; constants beside them by shape. */
function graphOf(sample: Shape, part: Part, constants: readonly Shape[] = [], first = true): Graph {
  const build = new GraphBuilder(7)
  const others = constants.map((shape, i) => build.constant(`c${i}`, shape))
  const inputs = first ? ['x', ...others] : [...others, 'x']
  build.add({ ...part, name: 'n', inputs, output: 'y' } as Node)
  return build.graph(sample)
}

describe('a function along an axis is one of rows', () => {
  const along = (op: 'Softmax' | 'LogSoftmax', axis: number): Part => ({ op, attributes: { axis } })
  test.each<[string, Shape, Part, readonly string[]]>([
    ['Softmax of rows', [7], along('Softmax', 1), ['Softmax']],
    ['Softmax of heads', [2, 4, 5], along('Softmax', -1), ['Reshape', 'Softmax', 'Reshape']],
    [
      'Softmax over channels',
      [5, 3, 2],
      along('Softmax', 1),
      ['Transpose', 'Reshape', 'Softmax', 'Reshape', 'Transpose'],
    ],
    ['LogSoftmax of a sequence', [4, 6], along('LogSoftmax', 2), ['Reshape', 'LogSoftmax', 'Reshape']],
    [
      'ArgMax over rows of an image',
      [3, 4, 5],
      { op: 'ArgMax', attributes: { axis: 2, selectLast: true } },
      ['Transpose', 'Reshape', 'ArgMax', 'Reshape'],
    ],
  ])('%s', (_, sample, part, ops) => {
    expect(checked(graphOf(sample, part))).toEqual(ops)
  })

  test.each<[string, Shape, number, readonly Shape[]]>([
    ['rows', [6], -1, [[6], [6]]],
    ['a sequence, without a bias', [4, 6], -1, [[6]]],
    [
      'two axes, scale and bias of their shape',
      [4, 3, 5],
      2,
      [
        [3, 5],
        [3, 5],
      ],
    ],
  ])('LayerNormalization of %s', (_, sample, axis, constants) => {
    const part: Part = { op: 'LayerNormalization', attributes: { axis, epsilon: 1e-5 } }
    expect(checked(graphOf(sample, part, constants))).toContain('LayerNormalization')
  })
})

describe('a MatMul is one of matrices', () => {
  const MATMUL: Part = { op: 'MatMul', attributes: null }
  test.each<[string, Shape, Shape, boolean, readonly string[]]>([
    ['rows of a sequence by weights', [4, 6], [6, 5], true, ['Reshape', 'Gemm', 'Reshape']],
    [
      'rows of heads by weights with ones in front',
      [2, 4, 6],
      [1, 6, 5],
      true,
      ['Reshape', 'Gemm', 'Reshape'],
    ],
    ['rows by a vector', [4, 6], [6], true, ['Reshape', 'Gemm', 'Reshape']],
    [
      'weights on the left',
      [6, 4],
      [5, 6],
      false,
      ['Transpose', 'Reshape', 'Gemm', 'Reshape', 'Transpose', 'Reshape'],
    ],
    ['a constant of each head on the right', [2, 4, 6], [2, 6, 5], true, ['MatMul']],
    ['a constant of each head, ones in front', [2, 4, 6], [1, 2, 6, 5], true, ['MatMul']],
    ['one matrix by a constant of each head', [1, 4, 6], [2, 6, 5], true, ['Expand', 'MatMul']],
    ['a constant of each head on the left', [2, 6, 4], [2, 5, 6], false, ['MatMul']],
  ])('%s', (_, sample, constant, first, ops) => {
    expect(checked(graphOf(sample, MATMUL, [constant], first))).toEqual(expect.arrayContaining([...ops]))
  })

  test('what follows column by column is taken into the Gemm', () => {
    const build = new GraphBuilder(3)
    const nodes: [Part, string[]][] = [
      [MATMUL, ['x', build.constant('w', [6, 5])]],
      [{ op: 'Add', attributes: null }, [build.constant('b', [5]), 'y0']],
      [{ op: 'Mul', attributes: null }, ['y1', build.constant('s', [1])]],
      [{ op: 'Sub', attributes: null }, ['y2', build.constant('m', [1, 5])]],
      [{ op: 'Relu', attributes: null }, ['y3']],
    ]
    for (const [i, [part, inputs]] of nodes.entries())
      build.add({ ...part, name: `n${i}`, inputs, output: i === 4 ? 'y' : `y${i}` } as Node)
    expect(checked(build.graph([4, 6]))).toEqual(['Reshape', 'Gemm', 'Reshape'])
  })

  test.each<[string, Shape, readonly number[], 'one' | undefined]>([
    ['a sequence by itself', [4, 6], [0, 2, 1], undefined],
    ['heads by themselves', [2, 4, 6], [0, 1, 3, 2], undefined],
    ['one head by each', [3, 4, 6], [1, 0, 3, 2], 'one'],
  ])('%s, transposed', (_, sample, perm, batch) => {
    const build = new GraphBuilder(3)
    build.add({ op: 'Transpose', name: 't', inputs: ['x'], output: 'turned', attributes: { perm } })
    build.add({ ...MATMUL, name: 'n', inputs: ['x', 'turned'], output: 'y' } as Node)
    const graph = { ...build.graph(sample), ...(batch && { batch }) }
    expect(checked(graph, batch === 'one' ? 1 : 3)).toContain('MatMul')
  })

  test.each<[string, Shape]>([
    ['matrices that are constant', [2, 6, 5]],
    ['one that is', [1, 6, 5]],
  ])('a vector by %s', (_, constant) => {
    const build = new GraphBuilder(3)
    build.add({ op: 'Reshape', name: 'r', inputs: ['x'], output: 'v', attributes: { shape: [-1] } })
    build.add({ ...MATMUL, name: 'n', inputs: ['v', build.constant('c', constant)], output: 'y' } as Node)
    checked({ ...build.graph([6]), batch: 'one' }, 1)
  })

  test('a vector by a vector is one number', () => {
    const build = new GraphBuilder(3)
    build.add({ op: 'Reshape', name: 'r', inputs: ['x'], output: 'v', attributes: { shape: [-1] } })
    build.add({ ...MATMUL, name: 'n', inputs: ['v', 'v'], output: 'y' } as Node)
    checked({ ...build.graph([6]), batch: 'one' }, 1)
  })
})

test('Reshapes that follow one another are one, and none where they come back', () => {
  const build = new GraphBuilder(3)
  const norm = { op: 'LayerNormalization', attributes: { axis: -1, epsilon: 1e-5 } } as const
  build.add({
    ...norm,
    name: 'n',
    inputs: ['x', build.constant('s', [6]), build.constant('b', [6])],
    output: 'h',
  })
  build.add({
    op: 'MatMul',
    name: 'm',
    inputs: ['h', build.constant('w', [6, 4])],
    output: 'g',
    attributes: null,
  })
  build.add({
    op: 'Reshape',
    name: 'r',
    inputs: ['g'],
    output: 'heads',
    attributes: { shape: [0, -1, 2, 2] },
  })
  build.add({ op: 'Softmax', name: 'p', inputs: ['heads'], output: 'y', attributes: { axis: -1 } })
  const ops = ['Reshape', 'LayerNormalization', 'Gemm', 'Reshape', 'Softmax', 'Reshape']
  expect(checked(build.graph([5, 6]))).toEqual(ops)
})

test('a factor of each feature of rows, several a sample, is a depthwise Conv', () => {
  const build = new GraphBuilder(3)
  build.add({ op: 'Reshape', name: 'r', inputs: ['x'], output: 'rows', attributes: { shape: [-1, 6] } })
  build.add({
    op: 'Mul',
    name: 'm',
    inputs: ['rows', build.constant('s', [6])],
    output: 'h',
    attributes: null,
  })
  build.add({ op: 'Reshape', name: 'b', inputs: ['h'], output: 'y', attributes: { shape: [-1, 4, 6] } })
  expect(checked(build.graph([4, 6]))).toEqual(['Reshape', 'Conv', 'Reshape'])
})

test('Where broadcasts a constant condition over samples', () => {
  const graph = graphOf([2, 3, 4], { op: 'Where', attributes: null }, [[3, 1], [1]], false)
  graph.initializers.get('c0')!.data.set([0, 1, 0])
  expect(checked(graph)).toEqual(['Where'])
})
