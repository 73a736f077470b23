import { describe, expect, test } from 'vitest'
import { elements, inferShapes, type Node, type Shape, tensor } from '@octet/core'
import type { Value } from '@octet/core/training'
import { Random } from '@octet/core/statistics'
import { Workspace } from '../src/workspace.ts'

const BATCH = 3
/** A power of two, so that adding it to a multiple of 1/256 is exact in float32. */
const STEP = 2 ** -12
const TOLERANCE = 1e-9

interface Case {
  readonly name: string
  readonly node: Node
  /** Shapes of the activations (without the batch), then of the constants. */
  readonly activations: readonly Shape[]
  readonly constants?: readonly Shape[]
  /** Leading constants that have a gradient; default all. */
  readonly learned?: number
  /** Share of the output's gradient that is 0. Default none. */
  readonly zeros?: number
  /** Default 1e-9; more where the forward step rounds to float32 on its way. */
  readonly tolerance?: number
}

const window = { kernel: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1] } as const
const conv = (name: string, attributes: object, input: Shape, filters: Shape, bias = true): Case => ({
  name,
  node: {
    op: 'Conv',
    name: 'conv',
    inputs: bias ? ['x', 'w', 'b'] : ['x', 'w'],
    output: 'y',
    attributes: { ...window, group: 1, ...attributes },
  },
  activations: [input],
  constants: bias ? [filters, [filters[0]]] : [filters],
})
const gemm = (name: string, attributes: object, constants: Shape[]): Case => ({
  name,
  node: {
    op: 'Gemm',
    name: 'gemm',
    inputs: ['x', 'b', 'c'].slice(0, 1 + constants.length),
    output: 'y',
    attributes: { alpha: 1, beta: 1, transA: false, transB: true, ...attributes },
  },
  activations: [[5]],
  constants,
})
const add = (name: string, activations: Shape[], constants: Shape[]): Case => ({
  name,
  node: { op: 'Add', name: 'add', inputs: ['x', 'z'], output: 'y', attributes: null },
  activations,
  constants,
})
const mul = (name: string, activations: Shape[], constants: Shape[]): Case => ({
  name,
  node: { op: 'Mul', name: 'mul', inputs: ['x', 'z'], output: 'y', attributes: null },
  activations,
  constants,
})
const concat = (name: string, axis: number, activations: Shape[]): Case => ({
  name,
  node: { op: 'Concat', name: 'concat', inputs: ['x', 'z'], output: 'y', attributes: { axis } },
  activations,
})
const unary = (name: string, node: Pick<Node, 'op'> & { attributes?: object }, input: Shape): Case => ({
  name,
  node: { name, inputs: ['x'], output: 'y', attributes: null, ...node } as unknown as Node,
  activations: [input],
})
const pool = (name: string, op: 'MaxPool' | 'AveragePool', attributes: object, input: Shape): Case =>
  unary(
    name,
    { op, attributes: { ...window, ceilMode: false, countIncludePad: false, ...attributes } },
    input,
  )

const CASES: Case[] = [
  conv('Conv 3x3, padded', {}, [3, 5, 6], [4, 3, 3, 3]),
  conv('Conv with strides and uneven pads', { strides: [2, 3], pads: [0, 2, 1, 0] }, [2, 7, 8], [3, 2, 3, 3]),
  conv('Conv with dilations', { dilations: [2, 1], pads: [2, 0, 2, 1] }, [2, 6, 5], [3, 2, 3, 3]),
  conv('Conv without bias', { kernel: [2, 3] }, [1, 4, 4], [5, 1, 2, 3], false),
  conv('Conv in groups', { group: 2 }, [4, 4, 5], [6, 2, 3, 3]),
  conv('Conv 1x1', { kernel: [1, 1], pads: [0, 0, 0, 0] }, [5, 3, 4], [7, 5, 1, 1]),
  conv(
    'Conv 1x1 with strides',
    { kernel: [1, 1], pads: [0, 0, 0, 0], strides: [2, 2] },
    [3, 5, 4],
    [2, 3, 1, 1],
  ),
  conv('Conv 1x1 in groups', { kernel: [1, 1], pads: [0, 0, 0, 0], group: 2 }, [4, 3, 3], [6, 2, 1, 1]),
  conv('depthwise Conv', { group: 4 }, [4, 5, 6], [4, 1, 3, 3]),
  conv(
    'depthwise Conv with strides',
    { group: 3, strides: [2, 2], pads: [0, 0, 1, 1] },
    [3, 8, 7],
    [3, 1, 3, 3],
  ),
  conv('depthwise Conv, two filters a channel', { group: 2 }, [2, 4, 5], [4, 1, 3, 3]),
  conv('depthwise Conv 5x3', { group: 3, kernel: [5, 3], strides: [1, 2] }, [3, 6, 7], [3, 1, 5, 3]),
  conv(
    'depthwise Conv, dilated, two filters a channel',
    { group: 2, dilations: [1, 2], kernel: [2, 2] },
    [2, 5, 5],
    [4, 1, 2, 2],
  ),
  conv(
    'Conv whose window reaches past both edges',
    { kernel: [3, 5], pads: [2, 4, 2, 4] },
    [1, 1, 1],
    [2, 1, 3, 5],
  ),
  { ...conv('Conv 3x3 behind a pool, most gradients 0', {}, [3, 5, 6], [5, 3, 3, 3]), zeros: 0.8 },
  {
    ...conv(
      'Conv 3x3 in groups with strides, most gradients 0',
      { group: 2, strides: [2, 1] },
      [4, 7, 6],
      [6, 2, 3, 3],
    ),
    zeros: 0.8,
  },
  gemm('Gemm', {}, [[4, 5], [4]]),
  gemm('Gemm with alpha, beta, B not transposed', { alpha: 0.5, beta: 2, transB: false }, [
    [5, 4],
    [1, 4],
  ]),
  gemm('Gemm with a scalar C', { alpha: -1.5 }, [[3, 5], [1]]),
  gemm('Gemm without C', {}, [[7, 5]]),
  {
    name: 'MatMul',
    node: { op: 'MatMul', name: 'matmul', inputs: ['x', 'w'], output: 'y', attributes: null },
    activations: [[6]],
    constants: [[6, 5]],
  },
  add(
    'Add of two activations',
    [
      [2, 3, 3],
      [2, 3, 3],
    ],
    [],
  ),
  add('Add of a row', [[5]], [[5]]),
  add('Add of a channel bias', [[3, 2, 2]], [[3, 1, 1]]),
  add('Add of a full-rank channel bias', [[3, 2, 2]], [[1, 3, 1, 1]]),
  mul(
    'Mul of two activations',
    [
      [2, 3, 3],
      [2, 3, 3],
    ],
    [],
  ),
  mul(
    'Mul by a factor a channel',
    [
      [3, 2, 2],
      [3, 1, 1],
    ],
    [],
  ),
  mul('Mul by a constant a channel', [[3, 2, 2]], [[3, 1, 1]]),
  concat('Concat along channels', 1, [
    [2, 3, 2],
    [1, 3, 2],
  ]),
  concat('Concat along the last axis', -1, [
    [2, 3],
    [2, 1],
  ]),
  { ...unary('Sigmoid', { op: 'Sigmoid' }, [4, 5]), tolerance: 1e-3 },
  {
    ...unary('HardSigmoid', { op: 'HardSigmoid', attributes: { alpha: 4, beta: 0.5 } }, [4, 5]),
    tolerance: 1e-3,
  },
  { ...unary('HardSwish', { op: 'HardSwish' }, [4, 5]), tolerance: 1e-3 },
  { ...unary('Swish', { op: 'Swish', attributes: { alpha: 1.5 } }, [4, 5]), tolerance: 1e-3 },
  unary('Relu', { op: 'Relu' }, [4, 5]),
  unary('Clip', { op: 'Clip', attributes: { min: -0.125, max: 0.1875 } }, [4, 5]),
  pool('MaxPool', 'MaxPool', { kernel: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] }, [2, 4, 6]),
  pool('MaxPool with overlap, pads and ceiling', 'MaxPool', { strides: [2, 2], ceilMode: true }, [2, 6, 5]),
  pool('MaxPool with dilations', 'MaxPool', { dilations: [2, 1], pads: [0, 1, 0, 0] }, [1, 7, 5]),
  pool('AveragePool', 'AveragePool', { kernel: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] }, [2, 4, 6]),
  pool('AveragePool with pads that do not count', 'AveragePool', { strides: [2, 1] }, [2, 5, 4]),
  pool(
    'AveragePool with pads that count',
    'AveragePool',
    { strides: [2, 2], countIncludePad: true },
    [2, 5, 4],
  ),
  unary('GlobalAveragePool', { op: 'GlobalAveragePool' }, [3, 4, 2]),
  unary('Flatten', { op: 'Flatten', attributes: { axis: 1 } }, [3, 2, 2]),
  unary('Reshape', { op: 'Reshape', attributes: { shape: [0, 2, -1] } }, [4, 3]),
  ...[[3, 4, 3] as Shape, [6] as Shape].map((input): Case => ({
    name: `BatchNormalization over [${input.join(', ')}]`,
    node: {
      op: 'BatchNormalization',
      name: 'bn',
      inputs: ['x', 'scale', 'B', 'mean', 'var'],
      output: 'y',
      attributes: { epsilon: 1e-3 },
    },
    activations: [input],
    constants: Array.from({ length: 4 }, () => [input[0]]),
    learned: 2,
  })),
]

describe('the gradient of every op equals central differences', () => {
  test.each(CASES)('$name', (example) => {
    expect(largestError(example)).toBeLessThan(example.tolerance ?? TOLERANCE)
  })
})

describe('the gradient of HardSwish', () => {
  test('is 0 where it is held at 0, and 1 where it passes on its input', () => {
    const [x, y] = ['x', 'y'].map((name) => value(name, [2], true, Float64Array.of(-3.5, 3.5)))
    const node: Node = { op: 'HardSwish', name: 'h', inputs: ['x'], output: 'y', attributes: null }
    const operator = new Workspace(1, 0).operator(node, [x], y)
    operator.forward(1, 'train')
    y.grad!.set([5, 7])
    operator.backward(1)
    expect([...x.grad!]).toEqual([0, 7])
  })
})

describe('what cannot be trained is refused by name', () => {
  const refusal = (node: Node, inputs: Value[], shape: Shape): (() => unknown) => {
    return () => new Workspace(1, 0).operator(node, inputs, value('y', shape, true, new Float64Array(4)))
  }
  const [x, constant] = [true, false].map((batched) => value('v', [4], batched, new Float64Array(4)))

  test('a Concat with a constant', () => {
    const node: Node = { op: 'Concat', name: 'c', inputs: ['x', 'v'], output: 'y', attributes: { axis: 1 } }
    expect(refusal(node, [x, constant], [8])).toThrow(
      /Concat "c" cannot be trained: it joins the constant "v"/,
    )
  })

  test('a Concat of samples', () => {
    const node: Node = { op: 'Concat', name: 'c', inputs: ['x', 'x'], output: 'y', attributes: { axis: 0 } }
    expect(refusal(node, [x, x], [4])).toThrow(/it joins the samples of a batch/)
  })

  test('a Mul whose factor repeats unevenly', () => {
    const node: Node = { op: 'Mul', name: 'm', inputs: ['x', 'f'], output: 'y', attributes: null }
    const factor = value('f', [1, 4], true, new Float64Array(4))
    expect(refusal(node, [x, factor], [3, 4])).toThrow(/Mul "m" cannot be trained/)
  })
})

describe('the gradient of a sum', () => {
  test('reaches an activation once for each time that it is added', () => {
    const x = value('x', [2], true, Float64Array.of(1, 2))
    const y = value('y', [2], true, new Float64Array(2))
    const node: Node = { op: 'Add', name: 'twice', inputs: ['x', 'x'], output: 'y', attributes: null }
    const operator = new Workspace(1, 0).operator(node, [x, x], y)
    operator.forward(1, 'train')
    expect([...y.data]).toEqual([2, 4])
    y.grad!.set([3, 5])
    operator.backward(1)
    expect([...x.grad!]).toEqual([6, 10])
  })
})

/**
 * The largest difference to fourth-order central differences of sum(r * y), relative to the largest gradient, over
 * all inputs.
 */
function largestError({
  node,
  activations,
  constants = [],
  learned = constants.length,
  zeros = 0,
}: Case): number {
  const random = new Random(7)
  const inputs = node.inputs.map((name, i) => {
    const batched = i < activations.length
    const shape = batched ? activations[i] : constants[i - activations.length]
    // Odd multiples of 1/256: away from the kinks of Relu and Clip by far more than STEP, and never equal in a window.
    const length = elements(shape) * (batched ? BATCH : 1)
    return value(name, shape, batched, distinct(random, length))
  })
  const shapes = inferShapes(
    {
      name: 'case',
      inputs: [{ name: 'x', shape: activations[0] }],
      output: 'y',
      nodes: [node],
      initializers: new Map([
        ...activations
          .slice(1)
          .map((shape) => [node.inputs[1], tensor('float32', [BATCH, ...shape])] as const),
        ...constants.map(
          (shape, i) => [node.inputs[activations.length + i], tensor('float32', shape)] as const,
        ),
      ]),
    },
    BATCH,
  )
  const shape = shapes.get('y')!
  const output = value('y', shape.slice(1), true, new Float64Array(elements(shape)))
  const operator = new Workspace(BATCH, 0).operator(node, inputs, output)
  const weights = distinct(random, output.data.length).map((weight) =>
    random.uniform() < zeros ? 0 : weight,
  )
  const run = (): number => {
    operator.forward(BATCH, 'train')
    return output.data.reduce((sum, y, i) => sum + weights[i] * y, 0)
  }
  run()
  output.grad!.set(weights)
  operator.backward(BATCH)

  const differentiated = inputs.slice(0, activations.length + learned)
  let worst = 0
  for (const { data, grad } of differentiated) {
    const largest = Math.max(...grad!.map(Math.abs))
    expect(largest).toBeGreaterThan(0)
    for (let i = 0; i < data.length; i++) {
      const kept = data[i]
      const [above, below, above2, below2] = [1, -1, 2, -2].map((steps) => {
        data[i] = kept + steps * STEP
        return run()
      })
      data[i] = kept
      const slope = (8 * (above - below) - (above2 - below2)) / (12 * STEP)
      worst = Math.max(worst, Math.abs(slope - grad![i]) / largest)
    }
  }
  return worst
}

/** Buffers in float64, which the operators' arithmetic is in: then differences are not drowned by float32 storage. */
function value(name: string, shape: Shape, batched: boolean, data: Float64Array): Value {
  const grad = new Float64Array(data.length)
  return {
    name,
    shape,
    batched,
    data: data as unknown as Float32Array,
    grad: grad as unknown as Float32Array,
  }
}

/** Distinct odd multiples of 1/256 around 0, in random order. */
function distinct(random: Random, length: number): Float64Array {
  const order = Int32Array.from({ length }, (_, i) => i)
  random.shuffle(order)
  return Float64Array.from(order, (i) => (2 * (i - length / 2) + 1) / 256 + 1 / 512)
}
