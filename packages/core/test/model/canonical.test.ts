import { describe, expect, test } from 'vitest'
import { canonicalize } from '../../src/model/canonical/canonicalize.ts'
import { modelOf } from '../../src/model/layers.ts'
import { inferShapes } from '../../src/model/shapes.ts'
import { goldenTest, type GoldenTensor } from '../numerics/golden.ts'
import { GraphBuilder } from './graphs.ts'

type Floats = GoldenTensor<Float32Array>

goldenTest<{
  bn_fold: {
    w: Floats
    b: Floats | null
    running_mean: Floats
    running_var: Floats
    eps: number
    gamma: Floats
    beta: Floats
    fused_w: Floats
    fused_b: Floats
  }[]
}>('BatchNormalization folds into the Conv before it', 'ptq_transforms.json', ({ bn_fold }) => {
  for (const golden of bn_fold) {
    const build = new GraphBuilder()
    const conv = build.conv('c', 'x', golden.w.shape, {
      data: golden.w.data,
      ...(golden.b && { bias: golden.b.data }),
    })
    const { gamma, beta, running_mean, running_var } = golden
    build.batchNorm(
      'bn',
      conv,
      golden.w.shape[0],
      [gamma, beta, running_mean, running_var].map(({ data }) => data),
      golden.eps,
    )
    const folded = canonicalize(build.graph([golden.w.shape[1], 8, 8]))
    expect(folded.nodes.map(({ op }) => op)).toEqual(['Conv'])
    const [weight, bias] = folded.nodes[0].inputs.slice(1).map((name) => folded.initializers.get(name)!.data)
    expectClose(weight, golden.fused_w.data)
    expectClose(bias, golden.fused_b.data)
  }
})

function expectClose(actual: Float32Array, expected: Float32Array): void {
  expect(actual.length).toBe(expected.length)
  for (const [i, want] of expected.entries())
    expect(Math.abs(actual[i] - want)).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(want)))
}

describe('canonical form', () => {
  test('a BatchNormalization that nothing precedes becomes a depthwise 1x1 Conv', () => {
    const build = new GraphBuilder()
    build.batchNorm('bn', 'x', 3)
    const [node] = canonicalize(build.graph([3, 4, 4])).nodes
    expect(node.op === 'Conv' && node.attributes.group).toBe(3)
  })

  test('a Conv whose output is read twice keeps its values: the BatchNormalization behind it stands alone', () => {
    const build = new GraphBuilder()
    const y = build.conv('c', 'x', [2, 2, 1, 1])
    const z = build.batchNorm('bn', y, 2)
    build.add({ op: 'Add', name: 'sum', inputs: [y, z], output: 'sum.y', attributes: null })
    expect(canonicalize(build.graph([2, 3, 3])).nodes.map(({ op }) => op)).toEqual(['Conv', 'Conv', 'Add'])
  })

  test.each([
    ['x', 'gate.y'],
    ['gate.y', 'x'],
  ])('Mul of %s by %s, HardSigmoid of x in its sixths, is a HardSwish', (a, b) => {
    const build = new GraphBuilder()
    const attributes = { alpha: Math.fround(1 / 6), beta: 0.5 }
    build.add({ op: 'HardSigmoid', name: 'gate', inputs: ['x'], output: 'gate.y', attributes })
    build.add({ op: 'Mul', name: 'swish', inputs: [a, b], output: 'y', attributes: null })
    expect(canonicalize(build.graph([3, 4, 4])).nodes).toEqual([
      { op: 'HardSwish', name: 'swish', inputs: ['x'], output: 'y', attributes: null },
    ])
  })

  test.each([
    ['of another slope', { alpha: Math.fround(0.2), beta: 0.5 }, 'x', false],
    ['of something else', { alpha: Math.fround(1 / 6), beta: 0.5 }, 'c.y', false],
    ['that is read elsewhere', { alpha: Math.fround(1 / 6), beta: 0.5 }, 'x', true],
  ] as const)('a HardSigmoid %s stays a factor', (_, attributes, of, readTwice) => {
    const build = new GraphBuilder()
    const conv = build.conv('c', 'x', [3, 3, 1, 1])
    build.add({
      op: 'HardSigmoid',
      name: 'gate',
      inputs: [of === 'x' ? 'x' : conv],
      output: 'gate.y',
      attributes,
    })
    build.add({ op: 'Mul', name: 'swish', inputs: ['x', 'gate.y'], output: 'y', attributes: null })
    if (readTwice)
      build.add({ op: 'Add', name: 'sum', inputs: ['y', 'gate.y'], output: 'sum.y', attributes: null })
    const ops = canonicalize(build.graph([3, 4, 4])).nodes.map(({ op }) => op)
    expect(ops).toContain('HardSigmoid')
    expect(ops).not.toContain('HardSwish')
  })

  test('of the two factors of a Mul the larger comes first', () => {
    const build = new GraphBuilder()
    build.add({ op: 'GlobalAveragePool', name: 'gap', inputs: ['x'], output: 'g', attributes: null })
    build.add({ op: 'Mul', name: 'gate', inputs: ['g', 'x'], output: 'y', attributes: null })
    expect(canonicalize(build.graph([3, 4, 4])).nodes.at(-1)?.inputs).toEqual(['x', 'g'])
  })

  test('MatMul by a constant and the Add of a constant are one Gemm', () => {
    const build = new GraphBuilder()
    const w = build.constant('w', [3, 2], Float32Array.of(1, 2, 3, 4, 5, 6))
    build.add({ op: 'MatMul', name: 'mm', inputs: ['x', w], output: 'mm.y', attributes: null })
    const b = build.constant('b', [2], Float32Array.of(10, 20))
    build.add({ op: 'Add', name: 'bias', inputs: [b, 'mm.y'], output: 'y', attributes: null })
    const { nodes, initializers } = canonicalize(build.graph([3]))
    expect(nodes).toHaveLength(1)
    expect(nodes[0]).toMatchObject({ op: 'Gemm', output: 'y', attributes: { transB: true } })
    expect(initializers.get(nodes[0].inputs[1])).toMatchObject({
      shape: [2, 3],
      data: Float32Array.of(1, 3, 5, 2, 4, 6),
    })
    expect(initializers.get(nodes[0].inputs[2])!.data).toEqual(Float32Array.of(10, 20))
  })

  test('alpha and beta of a Gemm are folded into its constants', () => {
    const build = new GraphBuilder()
    const [w, c] = [
      build.constant('w', [2, 1], Float32Array.of(3, 5)),
      build.constant('c', [1], Float32Array.of(7)),
    ]
    const attributes = { alpha: 2, beta: 0.5, transA: false, transB: false }
    build.add({ op: 'Gemm', name: 'g', inputs: ['x', w, c], output: 'y', attributes })
    const { nodes, initializers } = canonicalize(build.graph([2]))
    expect(initializers.get(nodes[0].inputs[1])!.data).toEqual(Float32Array.of(6, 10))
    expect(initializers.get(nodes[0].inputs[2])!.data).toEqual(Float32Array.of(3.5))
  })

  test('a constant multiplied per channel right after a Conv is folded into it, bias included', () => {
    const build = new GraphBuilder()
    const y = build.conv('c', 'x', [2, 1, 1, 1], { data: Float32Array.of(1, 2), bias: Float32Array.of(3, 4) })
    const gain = build.constant('gain', [1, 2, 1, 1], Float32Array.of(10, 100))
    build.add({ op: 'Mul', name: 'm', inputs: [gain, y], output: 'y', attributes: null })
    const { nodes, initializers } = canonicalize(build.graph([1, 2, 2]))
    expect(nodes.map(({ op, output }) => [op, output])).toEqual([['Conv', 'y']])
    expect(initializers.get('c.weight')!.data).toEqual(Float32Array.of(10, 200))
    expect(initializers.get('c.bias')!.data).toEqual(Float32Array.of(30, 400))
  })

  test('a constant that is joined stays a tensor of the graph', () => {
    const build = new GraphBuilder()
    const fixed = build.constant('fixed', [1, 2], Float32Array.of(2, 3))
    build.add({ op: 'Concat', name: 'cat', inputs: ['x', fixed], output: 'y', attributes: { axis: 1 } })
    const { nodes, initializers } = canonicalize(build.graph([2]))
    expect(nodes).toMatchObject([{ op: 'Concat', inputs: ['x', 'fixed'] }])
    expect([...initializers.get('fixed')!.data]).toEqual([2, 3])
  })

  test('weights that are not constants are refused by name', () => {
    const build = new GraphBuilder()
    build.add({
      op: 'Conv',
      name: 'dynamic',
      inputs: ['x', 'x'],
      output: 'y',
      attributes: { kernel: [1, 1], strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: 1 },
    })
    expect(() => canonicalize({ ...build.graph([1, 1, 1]) })).toThrow(
      'Conv "dynamic": its input "x" must be a constant',
    )
  })
})

describe('layers', () => {
  test('Relu and Clip are fused into the only producer of what they read, and their bounds meet', () => {
    const build = new GraphBuilder()
    const relu = build.relu('r', build.conv('c', 'x', [4, 2, 1, 1]))
    build.add({ op: 'Clip', name: 'six', inputs: [relu], output: 'y', attributes: { min: -1, max: 6 } })
    const { layers } = modelOf(build.graph([2, 3, 3]))
    expect(layers).toMatchObject([{ name: 'c', output: 'y', clamp: [0, 6], inputs: ['x'] }])
  })

  test('a Relu behind a tensor that others read too stays a layer of its own', () => {
    const build = new GraphBuilder()
    const y = build.conv('c', 'x', [2, 2, 1, 1])
    const r = build.relu('r', y)
    build.add({ op: 'Add', name: 'sum', inputs: [y, r], output: 'sum.y', attributes: null })
    expect(modelOf(build.graph([2, 3, 3])).layers.map(({ name }) => name)).toEqual(['c', 'r', 'sum'])
  })
})

describe('shapes', () => {
  test('Concat adds up along its axis, counted from either end, and names shapes that do not join', () => {
    const build = new GraphBuilder()
    const y = build.conv('c', 'x', [4, 3, 1, 1])
    const cat = (axis: number): ReturnType<GraphBuilder['graph']> => {
      const graph = build.graph([3, 5, 5])
      const node = {
        op: 'Concat',
        name: 'cat',
        inputs: ['x', y],
        output: 'cat.y',
        attributes: { axis },
      } as const
      return { ...graph, nodes: [...graph.nodes, node], output: 'cat.y' }
    }
    expect(inferShapes(cat(1), 2).get('cat.y')).toEqual([2, 7, 5, 5])
    expect(inferShapes(cat(-3), 2).get('cat.y')).toEqual([2, 7, 5, 5])
    expect(() => inferShapes(cat(2), 2)).toThrow(
      'Concat "cat": shapes [2, 3, 5, 5] and [2, 4, 5, 5] do not join along axis 2',
    )
  })

  test('faults name the node and both sides', () => {
    const build = new GraphBuilder()
    build.conv('c', 'x', [4, 3, 3, 3])
    expect(() => inferShapes(build.graph([2, 8, 8]), 1)).toThrow(
      'Conv "c": weight [4, 3, 3, 3] in 1 groups does not fit 2 channels',
    )
    expect(() => inferShapes(build.graph([3, 2, 2]), 1)).toThrow(
      'Conv "c": its window is larger than its padded input',
    )
  })

  test('ceil mode drops a window that would begin in the padding behind the input', () => {
    const build = new GraphBuilder()
    build.add({
      op: 'MaxPool',
      name: 'p',
      inputs: ['x'],
      output: 'y',
      attributes: { kernel: [1, 1], strides: [2, 2], pads: [0, 0, 1, 1], dilations: [1, 1], ceilMode: true },
    })
    // 5 + 1 by 2 in ceil mode would be 4 windows, the last at 6, outside of the input's 5.
    expect(inferShapes(build.graph([1, 5, 5]), 2).get('y')).toEqual([2, 1, 3, 3])
  })
})
