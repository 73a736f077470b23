import { describe, expect, test } from 'vitest'
import { OctetError } from '../../src/error.ts'
import { canonicalize } from '../../src/model/canonical/canonicalize.ts'
import type { Graph } from '../../src/model/graph.ts'
import type { Node } from '../../src/ops/list.ts'
import { elements, type Shape } from '../../src/tensor/tensor.ts'
import { GraphBuilder } from './graphs.ts'

/** One column from two features, and a constant beside it. */
function oneColumn(op: 'Add' | 'Mul', shape: Shape, swapped: boolean): Graph {
  const build = new GraphBuilder()
  const y = build.gemm('g', 'x', 1, 2)
  const c = build.constant('c', shape)
  build.add({ op, name: 'n', inputs: swapped ? [c, y] : [y, c], output: 'y', attributes: null })
  return build.graph([2])
}

function refusal(graph: Graph): OctetError {
  try {
    canonicalize(graph)
  } catch (error) {
    if (error instanceof OctetError) return error
    throw error
  }
  return expect.fail('nothing was refused')
}

describe('a constant beside one column', () => {
  test.each([
    ['Mul', [4, 1], true],
    ['Add', [4, 1, 1], false],
    ['Mul', [1, 1, 1], false],
    ['Mul', [1, 1, 1, 1, 1], true],
    ['Add', [1, 1, 4], true],
  ] as const)(
    'is refused where it would move the batch, or holds for one batch only: %s of %j, first %s',
    (op, shape, swapped) => {
      const { message, mend } = refusal(oneColumn(op, shape, swapped))
      expect(message).toContain(
        shape.length === 2
          ? `${op} "n": its constant "c" [${shape.join(', ')}] holds for batch 4 only`
          : `${op} "n": beside a tensor of ${shape.length} dimensions, the batch of "g.y" would not stay in front`,
      )
      expect(mend).toContain('give the constant')
    },
  )

  test.each([
    ['Add', [1, 4], false],
    ['Mul', [1, 4], true],
    ['Add', [4], false],
    ['Mul', [], false],
    ['Mul', [1], false],
    ['Add', [1, 1], true],
  ] as const)('is folded into as many columns as there are: %s of %j, first %s', (op, shape, swapped) => {
    const source = oneColumn(op, shape, swapped)
    const { nodes, initializers } = canonicalize(source)
    expect(nodes.map((node) => node.op)).toEqual(['Gemm'])
    const columns = shape.at(-1) ?? 1
    const [weight, bias] = nodes[0].inputs.slice(1).map((name) => initializers.get(name)!)
    const [w, b, c] = ['g.w', 'g.b', 'c'].map((name) => source.initializers.get(name)!.data)
    expect(weight.shape).toEqual([columns, 2])
    for (let i = 0; i < columns; i++) {
      const factor = op === 'Mul' ? c[i] : 1
      expect([...weight.data.subarray(2 * i, 2 * i + 2)]).toEqual([...w].map((x) => Math.fround(x * factor)))
      expect(bias.data[i]).toBe(Math.fround(b[0] * factor + (op === 'Add' ? c[i] : 0)))
    }
  })
})

test('one channel becomes several, before a Conv as behind one', () => {
  const build = new GraphBuilder()
  const first = build.constant('first', [3, 1, 1])
  build.add({ op: 'Mul', name: 'n', inputs: ['x', first], output: 'h', attributes: null })
  const one = build.conv('conv', 'h', [1, 3, 1, 1])
  build.add({
    op: 'Add',
    name: 'm',
    inputs: [build.constant('second', [2, 1, 1]), one],
    output: 'y',
    attributes: null,
  })
  const { nodes, initializers } = canonicalize(build.graph([1, 4, 4]))
  expect(nodes.map(({ inputs }) => initializers.get(inputs[1])!.shape)).toEqual([
    [3, 1, 1, 1],
    [2, 3, 1, 1],
  ])
})

test.each([[[1, 4, 3, 3]], [[4, 3, 3]], [[4, 1, 3]], [[3, 3]]])(
  'a constant of %j with one value for each channel is folded as such',
  (shape) => {
    const run = elements(shape.slice(-2))
    const build = new GraphBuilder()
    const y = build.conv('conv', 'x', [4, 2, 1, 1])
    const values = Float32Array.from({ length: elements(shape) }, (_, i) =>
      shape.length === 2 ? 7 : Math.floor(i / run),
    )
    const c = build.constant('c', shape, values)
    build.add({ op: 'Add', name: 'n', inputs: [y, c], output: 'y', attributes: null })
    const source = build.graph([2, 3, 3])
    const { nodes, initializers } = canonicalize(source)
    expect(nodes.map(({ op }) => op)).toEqual(['Conv'])
    const bias = initializers.get(nodes[0].inputs[2])!.data
    const before = canonicalize({
      ...source,
      nodes: source.nodes.slice(0, 1),
      output: source.nodes[0].output,
    })
    const own = before.initializers.get(before.nodes[0].inputs[2])!.data
    expect([...bias]).toEqual([...own].map((b, m) => Math.fround(b + (shape.length === 2 ? 7 : m))))
  },
)

test('constants that would widen a layer past all memory are refused before any is taken', () => {
  const build = new GraphBuilder()
  const one = build.conv('conv', 'x', [1, 512, 3, 3])
  const wide = build.constant('c', [2 ** 20, 1, 1], new Float32Array(2 ** 20))
  build.add({ op: 'Mul', name: 'n', inputs: [one, wide], output: 'y', attributes: null })
  expect(refusal(build.graph([512, 3, 3])).message).toContain(
    'Mul "n": with it the model\'s layers have more than',
  )
})

test('a constant without values is refused by name', () => {
  const build = new GraphBuilder()
  const y = build.conv('conv', 'x', [1, 2, 1, 1])
  build.add({ op: 'Mul', name: 'n', inputs: [y, build.constant('c', [0])], output: 'y', attributes: null })
  expect(refusal(build.graph([2, 1, 1])).message).toBe('Mul "n": its constant "c" [0] is empty')
})

test('a constant that differs within a channel stays a tensor of the graph, of the rank of the other', () => {
  const build = new GraphBuilder()
  const c = build.constant('c', [4, 4])
  const y = build.conv('conv', 'x', [4, 2, 1, 1])
  build.add({ op: 'Add', name: 'n', inputs: [y, c], output: 'y', attributes: null })
  const { nodes, initializers } = canonicalize(build.graph([2, 4, 4]))
  expect(nodes.at(-1)).toMatchObject({ op: 'Add', inputs: [y, 'c'] })
  expect(initializers.get('c')!.shape).toEqual([1, 1, 4, 4])
})

describe('the C of a Gemm', () => {
  const gemm = (shape: Shape): Graph => {
    const build = new GraphBuilder()
    const inputs = ['x', build.constant('w', [2, 4]), build.constant('c', shape)]
    const attributes = { alpha: 1, beta: 1, transA: false, transB: false }
    build.add({ op: 'Gemm', name: 'g', inputs, output: 'y', attributes })
    return build.graph([2])
  }

  test.each([[[4, 1]], [[3, 1]], [[4, 4]], [[3, 4]]])('of %j holds for one batch and is refused', (shape) => {
    expect(refusal(gemm(shape)).message).toBe(
      `Gemm "g": C [${shape.join(', ')}] holds for batch ${shape[0]} only`,
    )
  })

  test('of other sizes is refused', () => {
    expect(refusal(gemm([3])).message).toBe('Gemm "g": C [3] does not fit 4 outputs')
  })

  test.each([[[]], [[1]], [[4]], [[1, 4]], [[1, 1]]])('of %j is the bias', (shape) => {
    const { nodes, initializers } = canonicalize(gemm(shape))
    expect(initializers.get(nodes[0].inputs[2])!.shape).toEqual([4])
  })
})

test('a BatchNormalization of rows is a depthwise Conv, and the Add behind it is folded into that', () => {
  const build = new GraphBuilder()
  const y = build.batchNorm('bn', 'x', 5)
  const c = build.constant('c', [5])
  build.add({ op: 'Add', name: 'n', inputs: [c, y], output: 'y', attributes: null })
  const { nodes } = canonicalize(build.graph([5]))
  expect(nodes.map(({ op, output }) => [op, output])).toEqual([
    ['Reshape', 'x.image'],
    ['Conv', 'bn.y.image'],
    ['Reshape', 'y'],
  ])
})

test.each([
  [-0.5, 1, 'is negative'],
  [0, 0, 'and epsilon 0 have no positive sum'],
  [NaN, 1, 'and epsilon 1 have no positive sum'],
])('a variance of %d with an epsilon of %d is refused by name', (variance, epsilon, why) => {
  const build = new GraphBuilder()
  const one = Float32Array.of(1, 1)
  build.batchNorm('bn', 'x', 2, [one, one, one, Float32Array.of(1, variance)], epsilon)
  expect(refusal(build.graph([2, 3, 3])).message).toContain(
    `BatchNormalization "bn": variance ${variance} of channel 1 ${why}`,
  )
})

test('constants that leave float32 when they are folded are refused by name', () => {
  const build = new GraphBuilder()
  const y = build.conv('c', 'x', [1, 1, 1, 1], { data: Float32Array.of(3e38) })
  build.add({
    op: 'Mul',
    name: 'm',
    inputs: [y, build.constant('k', [1], Float32Array.of(10))],
    output: 'y',
    attributes: null,
  })
  expect(refusal(build.graph([1, 1, 1])).message).toBe(
    'Mul "m": folded into weights it makes one of them Infinity',
  )
})

test('nodes and constants that the output does not depend on are gone before anything is checked', () => {
  const build = new GraphBuilder()
  build.constant('unread', [1000])
  build.add({
    op: 'Concat',
    name: 'dead',
    inputs: ['x', build.constant('c', [7])],
    output: 'd',
    attributes: { axis: 1 },
  })
  const y = build.conv('conv', 'x', [2, 1, 1, 1])
  build.add({ op: 'Relu', name: 'dead too', inputs: [y], output: 'z', attributes: null })
  build.batchNorm('bn', y, 2)
  const { nodes, initializers } = canonicalize(build.graph([1, 2, 2]))
  expect(nodes.map(({ op }) => op)).toEqual(['Conv'])
  expect([...initializers.keys()]).toEqual(['conv.weight', 'conv.bias'])
})

test('a constant that two nodes read is folded into each from the values of the file, whatever it is called', () => {
  const build = new GraphBuilder()
  const w = build.constant('a.weight', [1, 1, 1, 1], Float32Array.of(3))
  const gain = build.constant('b.weight', [1], Float32Array.of(2))
  const conv = (name: string, from: string): Node => ({
    op: 'Conv',
    name,
    inputs: [from, w],
    output: `${name}.y`,
    attributes: { kernel: [1, 1], strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: 1 },
  })
  build.add(conv('a', 'x'))
  build.add({ op: 'Mul', name: 'ma', inputs: ['a.y', gain], output: 'h', attributes: null })
  build.add(conv('b', 'h'))
  build.add({ op: 'Mul', name: 'mb', inputs: [gain, 'b.y'], output: 'y', attributes: null })
  const { nodes, initializers } = canonicalize(build.graph([1, 1, 1]))
  expect(nodes.map(({ inputs }) => initializers.get(inputs[1])!.data[0])).toEqual([6, 6])
})

test('a Softmax over the one long axis of images ends the model as one of rows', () => {
  const build = new GraphBuilder()
  const y = build.conv('c', 'x', [4, 2, 1, 1])
  build.add({ op: 'Softmax', name: 's', inputs: [y], output: 's.y', attributes: { axis: -3 } })
  build.flatten('f', 's.y')
  expect(canonicalize(build.graph([2, 1, 1])).nodes.map(({ op, output }) => [op, output])).toEqual([
    ['Conv', 'c.y'],
    ['Flatten', 'c.y.flat'],
    ['Softmax', 'f.y'],
  ])
})
