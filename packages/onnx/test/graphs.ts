import { elements, tensor, type Graph, type Node, type Shape, type Tensor, type Window } from '@octet/core'

/** Small numbers in [-1, 1) that any float32 sum keeps apart; the same at every call with the same seed. */
export function numbers(shape: Shape, seed: number): Tensor<'float32'> {
  let state = seed
  const data = Float32Array.from({ length: elements(shape) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state >> 20) / 2048
  })
  return tensor('float32', shape, data)
}

export function window(kernel: number, options: Partial<Window> = {}): Window {
  return { kernel: [kernel, kernel], strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], ...options }
}

/** A graph from x [N, ...input] through nodes that each read what the one before yields, weights drawn by shape. */
export function chain(name: string, input: Shape, links: readonly Link[]): Graph {
  const initializers = new Map<string, Tensor<'float32'>>()
  let before = 'x'
  const nodes = links.map((link, i): Node => {
    const { weights, residual, ...rest } = link
    const id = `${rest.op.toLowerCase()}${i}`
    const names = (weights ?? []).map((weight, w) => {
      const key = `${id}.w${w}`
      initializers.set(key, 'dtype' in weight ? weight : numbers(weight, 7 * i + w + 1))
      return key
    })
    const node = {
      ...rest,
      name: id,
      inputs: [before, ...names, ...(residual ? [residual] : [])],
      output: `${id}.y`,
    } as Node
    before = node.output
    return node
  })
  return { name, inputs: [{ name: 'x', shape: input }], output: before, nodes, initializers }
}

export interface Link {
  readonly op: Node['op']
  readonly attributes: Node['attributes']
  /** Constant inputs: tensors, or shapes to be filled with numbers. */
  readonly weights?: readonly (Shape | Tensor<'float32'>)[]
  /** A tensor read beside the link before. */
  readonly residual?: string
}

/** Ops without attributes. */
const plain = (...ops: readonly Node['op'][]): Link[] => ops.map((op) => ({ op, attributes: null }))

const positive = (shape: Shape, seed: number): Tensor<'float32'> => {
  const drawn = numbers(shape, seed)
  return { ...drawn, data: drawn.data.map((value) => Math.abs(value) + 0.5) }
}

/** Every op of core's graph, in every form that is written differently. */
export const GRAPHS: readonly Graph[] = [
  chain(
    'convolutions',
    [4, 9, 8],
    [
      {
        op: 'Conv',
        attributes: { ...window(3, { pads: [1, 0, 2, 1], strides: [2, 1] }), group: 1 },
        weights: [[6, 4, 3, 3], [6]],
      },
      {
        op: 'BatchNormalization',
        attributes: { epsilon: Math.fround(1e-3) },
        weights: [[6], [6], [6], positive([6], 3)],
      },
      { op: 'Clip', attributes: { min: 0, max: 6 } },
      {
        op: 'Conv',
        attributes: { ...window(2, { dilations: [2, 3], pads: [1, 2, 1, 1] }), group: 6 },
        weights: [[6, 1, 2, 2]],
      },
      { op: 'Relu', attributes: null },
      { op: 'Conv', attributes: { ...window(1), group: 2 }, weights: [[4, 3, 1, 1], [4]] },
      { op: 'GlobalAveragePool', attributes: null },
      { op: 'Flatten', attributes: { axis: 1 } },
      {
        op: 'Gemm',
        attributes: { alpha: 0.5, beta: 2, transA: false, transB: true },
        weights: [[5, 4], [5]],
      },
      { op: 'Softmax', attributes: { axis: -1 } },
    ],
  ),
  chain(
    'pools',
    [2, 7, 7],
    [
      {
        op: 'MaxPool',
        attributes: { ...window(3, { strides: [2, 2], pads: [0, 1, 1, 0] }), ceilMode: true },
      },
      { op: 'Clip', attributes: { min: -0.5, max: Infinity } },
      {
        op: 'AveragePool',
        attributes: { ...window(2, { pads: [1, 1, 0, 0] }), ceilMode: false, countIncludePad: true },
      },
      { op: 'Clip', attributes: { min: -Infinity, max: 0.75 } },
      {
        op: 'AveragePool',
        attributes: {
          ...window(3, { pads: [1, 1, 1, 1], strides: [2, 2] }),
          ceilMode: true,
          countIncludePad: false,
        },
      },
      { op: 'Reshape', attributes: { shape: [0, -1] } },
      { op: 'MatMul', attributes: null, weights: [[18, 3]] },
      { op: 'Add', attributes: null, weights: [[3]] },
    ],
  ),
  chain(
    'rows',
    [4, 6],
    [
      { op: 'LayerNormalization', attributes: { axis: 2, epsilon: Math.fround(1e-3) }, weights: [[6], [6]] },
      { op: 'MatMul', attributes: null, weights: [[6, 5]] },
      { op: 'LogSoftmax', attributes: { axis: 1 } },
    ],
  ),
  chain(
    'moves',
    [4, 6, 5],
    [
      { op: 'Transpose', attributes: { perm: [0, 2, 3, 1] } },
      { op: 'Slice', attributes: { axes: [1, 2], starts: [-1, 1], ends: [-7, 5], steps: [-2, 1] } },
      { op: 'Pad', attributes: { mode: 'reflect', pads: [0, 0, 1, 2, 0, 0, 0, -1], value: 0 } },
      { op: 'Pad', attributes: { mode: 'constant', pads: [0, 1, 0, 0, 0, 0, 3, 3], value: -0.5 } },
      { op: 'SpaceToDepth', attributes: { blocksize: 2 } },
      { op: 'DepthToSpace', attributes: { blocksize: 2, mode: 'CRD' } },
      { op: 'Gather', attributes: { axis: 2, indices: [3, 0, 0] } },
      {
        op: 'Resize',
        attributes: {
          sizes: [0, 0, 6, 4],
          scales: [1, 1, 2, 0.5],
          regions: [
            [0, 1],
            [0, 1],
            [-0.25, 1],
            [0.5, 0.75],
          ],
          coordinates: 'tf_crop_and_resize',
          nearest: 'floor',
          extrapolation: 2,
        },
      },
      { op: 'Reshape', attributes: { shape: [0, 1, -1] } },
      { op: 'Expand', attributes: { shape: [1, 3, 1] } },
    ],
  ),
  chain(
    'residual',
    [3, 5, 5],
    [
      {
        op: 'Conv',
        attributes: { ...window(3, { pads: [1, 1, 1, 1] }), group: 1 },
        weights: [[3, 3, 3, 3], [3]],
      },
      { op: 'Relu', attributes: null },
      { op: 'Add', attributes: null, residual: 'x' },
      { op: 'MaxPool', attributes: { ...window(2, { dilations: [2, 2] }), ceilMode: false } },
      { op: 'Reshape', attributes: { shape: [-1, 27] } },
      { op: 'Gemm', attributes: { alpha: 1, beta: 1, transA: false, transB: false }, weights: [[27, 4]] },
    ],
  ),
  chain(
    'gates',
    [4, 6, 5],
    [
      {
        op: 'Conv',
        attributes: { ...window(3, { pads: [1, 1, 1, 1] }), group: 1 },
        weights: [[6, 4, 3, 3], [6]],
      },
      { op: 'HardSwish', attributes: null },
      { op: 'GlobalAveragePool', attributes: null },
      { op: 'Conv', attributes: { ...window(1), group: 1 }, weights: [[6, 6, 1, 1], [6]] },
      { op: 'HardSigmoid', attributes: { alpha: Math.fround(1 / 6), beta: 0.5 } },
      { op: 'Mul', attributes: null, residual: 'hardswish1.y' },
      { op: 'Concat', attributes: { axis: 1 }, residual: 'conv0.y' },
      { op: 'Conv', attributes: { ...window(1), group: 1 }, weights: [[5, 12, 1, 1], [5]] },
      { op: 'Sigmoid', attributes: null },
      { op: 'Mul', attributes: null, residual: 'conv7.y' },
      { op: 'Concat', attributes: { axis: -1 }, residual: 'conv7.y' },
      { op: 'HardSigmoid', attributes: { alpha: Math.fround(0.2), beta: Math.fround(0.3) } },
      { op: 'Mul', attributes: null, residual: 'concat10.y' },
      { op: 'GlobalAveragePool', attributes: null },
      { op: 'Flatten', attributes: { axis: 1 } },
    ],
  ),
  chain(
    'functions',
    [4, 3, 2],
    [
      // Each yields what the next one is defined for.
      ...plain('Neg', 'Abs', 'Sqrt', 'Exp', 'Reciprocal', 'Asin', 'Atan', 'Sinh', 'Cosh', 'Acosh', 'Asinh'),
      ...plain('Tanh', 'Atanh', 'Sin', 'Cos', 'Log', 'Softsign', 'Tan', 'Softplus', 'Erf', 'Acos'),
      { op: 'Power', attributes: { exponent: 1.5 } },
      { op: 'Mul', attributes: null, residual: 'x' },
      { op: 'Elu', attributes: { alpha: 1.25 } },
      { op: 'Selu', attributes: { alpha: 1.5, gamma: 0.75 } },
      { op: 'Celu', attributes: { alpha: 0.5 } },
      { op: 'LeakyRelu', attributes: { alpha: 0.25 } },
      { op: 'Shrink', attributes: { bias: 0.25, lambd: 0.125 } },
      { op: 'ThresholdedRelu', attributes: { alpha: 0.0625 } },
      ...(['Floor', 'Ceil', 'Round', 'Sign'] as const).flatMap((op): Link[] => [
        { op, attributes: null },
        { op: 'Add', attributes: null, residual: 'thresholdedrelu28.y' },
      ]),
      { op: 'Flatten', attributes: { axis: 1 } },
    ],
  ),
  chain(
    'functions of later opsets',
    [4, 3, 2],
    [
      { op: 'Gelu', attributes: { approximate: 'none' } },
      { op: 'Add', attributes: null, residual: 'x' },
      { op: 'Gelu', attributes: { approximate: 'tanh' } },
      { op: 'Add', attributes: null, residual: 'x' },
      { op: 'Mish', attributes: null },
      { op: 'Add', attributes: null, residual: 'x' },
      { op: 'Swish', attributes: { alpha: 1.5 } },
      { op: 'Flatten', attributes: { axis: 1 } },
    ],
  ),
  chain(
    'pairs',
    [4, 3, 2],
    [
      { op: 'Sub', attributes: null, weights: [[4, 1, 1]] },
      { op: 'Div', attributes: null, weights: [positive([3, 2], 5)] },
      { op: 'Min', attributes: null, residual: 'x' },
      { op: 'Max', attributes: null, weights: [[1, 1, 3, 1]] },
      { op: 'Abs', attributes: null },
      { op: 'Pow', attributes: null, weights: [[4, 1, 2]] },
      { op: 'Sub', attributes: null, residual: 'x' },
      { op: 'Mul', attributes: null, weights: [[1, 4, 3, 2]] },
      { op: 'Flatten', attributes: { axis: 1 } },
    ],
  ),
]

/** A graph whose ops read and yield truth values and whole numbers in ONNX, so that Casts stand beside them. */
export const CONVERTED: Graph = chain(
  'truths',
  [4, 5],
  [
    { op: 'Relu', attributes: null },
    { op: 'Where', attributes: null, weights: [[4, 1], [1]] },
    { op: 'Equal', attributes: null, residual: 'x' },
    { op: 'Less', attributes: null, weights: [[5]] },
    { op: 'LessOrEqual', attributes: null, residual: 'x' },
    { op: 'ArgMax', attributes: { axis: 2, selectLast: true } },
  ],
)
