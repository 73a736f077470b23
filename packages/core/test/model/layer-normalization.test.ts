import { describe, expect, test } from 'vitest'
import { answerOf } from '../../src/execute/trace.ts'
import { lower } from '../../src/execute/lower.ts'
import type { Graph } from '../../src/model/graph.ts'
import { modelOf } from '../../src/model/layers.ts'
import type { Node } from '../../src/ops/list.ts'
import { NO_PADS } from '../../src/ops/spec.ts'
import { elements, tensor, type Shape } from '../../src/tensor/tensor.ts'
import { Random } from '../../src/statistics/random.ts'
import { expectClose } from './check-drawn.ts'
import { GraphBuilder } from './graphs.ts'
import { interpret } from './interpret.ts'

const NORMALIZER = { offset: Float32Array.of(0), scale: Float32Array.of(1) }

interface Form {
  readonly sample?: Shape
  /** The axes that are normalized together begin here. */
  readonly axis?: number
  readonly epsilon?: Float32Array
  readonly exponent?: number
  readonly inverse?: 'root and reciprocal' | 'power' | 'quotient'
  readonly scale?: Shape
  readonly bias?: Shape
  /** What the squares are taken of, in place of the centred tensor. */
  readonly squares?: string
}

/** A LayerNormalization written out, as exporters do. */
function written({
  sample = [4, 6],
  axis = 2,
  epsilon = Float32Array.of(1e-3),
  exponent = 2,
  inverse = 'root and reciprocal',
  scale = [6],
  bias = [6],
  squares = 'centred',
}: Form): Graph {
  const build = new GraphBuilder(4)
  const shape = [2, ...sample]
  const count = elements(shape.slice(axis))
  const add = (node: Pick<Node, 'op' | 'attributes'>, inputs: string[], output: string): string =>
    build.add({ ...node, name: `n.${output}`, inputs, output } as Node)
  const mean = (x: string, to: string): string => {
    const rows = elements(shape.slice(1, axis))
    const kept = [0, ...shape.slice(1, axis), ...shape.slice(axis).map(() => 1)]
    const window = { kernel: [count, 1], strides: [1, 1], pads: NO_PADS, dilations: [1, 1] } as const
    add({ op: 'Reshape', attributes: { shape: [0, rows, count, 1] } }, [x], `${to}.rows`)
    const attributes = { ...window, ceilMode: false, countIncludePad: false }
    add({ op: 'AveragePool', attributes }, [`${to}.rows`], `${to}.pooled`)
    return add({ op: 'Reshape', attributes: { shape: kept } }, [`${to}.pooled`], to)
  }
  const plain = (
    op: 'Add' | 'Sub' | 'Mul' | 'Div' | 'Pow' | 'Neg' | 'Sqrt' | 'Reciprocal',
  ): Pick<Node, 'op' | 'attributes'> => ({
    op,
    attributes: null,
  })
  if (inverse === 'quotient') add(plain('Sub'), ['x', mean('x', 'mean')], 'centred')
  else add(plain('Add'), ['x', add(plain('Neg'), [mean('x', 'mean')], 'minus')], 'centred')
  if (inverse === 'quotient')
    add(plain('Pow'), [squares, build.constant('two', [], Float32Array.of(exponent))], 'squares')
  else add({ op: 'Power', attributes: { exponent } }, [squares], 'squares')
  add(
    plain('Add'),
    [build.constant('eps', epsilon.length === 1 ? [] : [1, 1, 6], epsilon), mean('squares', 'var')],
    'spread',
  )
  if (inverse === 'power') add({ op: 'Power', attributes: { exponent: -0.5 } }, ['spread'], 'factor')
  else add(plain('Sqrt'), ['spread'], 'root')
  if (inverse === 'root and reciprocal') add(plain('Reciprocal'), ['root'], 'factor')
  if (inverse === 'quotient') add(plain('Div'), ['centred', 'root'], 'normalized')
  else add(plain('Mul'), ['centred', 'factor'], 'normalized')
  add(plain('Mul'), [build.constant('s', scale), 'normalized'], 'scaled')
  add(plain('Add'), ['scaled', build.constant('b', bias)], 'y')
  return build.graph(sample)
}

/** Runs a graph as its nodes say, and as the layers of its canonical form; the ops of those. */
function checked(graph: Graph): string[] {
  const model = modelOf(graph)
  const shape = [2, ...graph.inputs[0].shape]
  const random = new Random(5)
  const data = Float32Array.from({ length: elements(shape) }, () => random.uniform() * 4 - 1)
  const expected = interpret(graph, { shape, data: Float64Array.from(data) }).data
  const program = lower({ precision: 'fp32', model }, { batch: 2, normalizer: NORMALIZER })
  expectClose(answerOf(program, tensor('float32', shape, data)), expected, graph)
  return model.layers.map(({ node }) => node.op)
}

const ONE = ['Reshape', 'LayerNormalization', 'Reshape']

describe('a LayerNormalization that is written out is one', () => {
  test.each<[string, Form]>([
    ['with a root and its reciprocal', {}],
    ['with a power', { inverse: 'power' }],
    ['with a difference and a quotient', { inverse: 'quotient' }],
    ['over two axes', { sample: [4, 2, 3], axis: 2, scale: [2, 3], bias: [1, 2, 3] }],
  ])('%s', (_, form) => {
    expect(checked(written(form))).toEqual(ONE)
  })

  test('without a scale and bias of the axes, which stay', () => {
    const ops = checked(written({ scale: [4, 1], bias: [4, 6] }))
    expect(ops.slice(0, 3)).toEqual(ONE)
    expect(ops.length).toBeGreaterThan(3)
  })
})

describe('what is no LayerNormalization stays as it is', () => {
  test.each<[string, Form]>([
    ['another power', { exponent: 4 }],
    ['squares of another tensor', { squares: 'x' }],
    ['a number of each feature added to the variance', { epsilon: Float32Array.of(1, 2, 3, 4, 5, 6) }],
  ])('%s', (_, form) => {
    expect(checked(written(form))).not.toContain('LayerNormalization')
  })
})
