import { OctetError } from '../error.ts'
import { elements, type Shape } from '../tensor/tensor.ts'
import { bracketed, listed, quoted } from './describe.ts'
import { fail } from './fail.ts'
import type { ConcatNode, Graph, Node, Pair, Window } from './graph.ts'

/** How to mend what no valid model says. */
const CONTRADICTION = 'the file contradicts itself: check it with onnx.checker and export it again'

/**
 * Shapes of every activation tensor for a batch size, input included, by name.
 * @throws OctetError naming the node whose inputs do not fit together.
 */
export function inferShapes(graph: Graph, batch: number): Map<string, Shape> {
  const shapes = new Map<string, Shape>([[graph.input.name, [batch, ...graph.input.shape]]])
  const shapeOf = (node: Node, name: string): Shape => {
    const shape = shapes.get(name) ?? graph.initializers.get(name)?.shape
    if (shape === undefined)
      fail(node, `its input ${quoted(name)} is produced by no earlier node`, CONTRADICTION)
    return shape
  }
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => shapeOf(node, name))
    shapes.set(node.output, outputShape(node, inputs))
  }
  if (!shapes.has(graph.output))
    throw new OctetError(
      `graph ${quoted(graph.name)}: no node produces the output ${quoted(graph.output)}`,
      CONTRADICTION,
    )
  return shapes
}

/** Output height and width of a window over an input of that height and width, rounded down or up. */
export function windowOutput(window: Window, [height, width]: Pair, ceilMode = false): Pair {
  const round = ceilMode ? Math.ceil : Math.floor
  const [top, left, bottom, right] = window.pads
  const size = (input: number, axis: 0 | 1, before: number, after: number): number => {
    const extent = window.dilations[axis] * (window.kernel[axis] - 1) + 1
    const count = round((input + before + after - extent) / window.strides[axis]) + 1
    // A last window that would begin in the padding behind the input is dropped.
    return ceilMode && (count - 1) * window.strides[axis] >= input + before ? count - 1 : count
  }
  return [size(height, 0, top, bottom), size(width, 1, left, right)]
}

/**
 * Shape of what a node yields from the shapes of what it reads, constants included.
 * @throws OctetError naming the node where they do not fit together.
 */
export function outputShape(node: Node, inputs: readonly Shape[]): Shape {
  const x = inputs[0]
  switch (node.op) {
    case 'Conv': {
      const w = inputs[1]
      const [n, c, h, width] = image(node, x)
      if (w.length !== 4 || w[1] * node.attributes.group !== c || w[0] % node.attributes.group !== 0)
        fail(
          node,
          `weight ${bracketed(w)} in ${node.attributes.group} groups does not fit ${c} channels`,
          CONTRADICTION,
        )
      return [n, w[0], ...positive(node, windowOutput(node.attributes, [h, width]))]
    }
    case 'MaxPool':
    case 'AveragePool': {
      const [n, c, h, width] = image(node, x)
      return [n, c, ...positive(node, windowOutput(node.attributes, [h, width], node.attributes.ceilMode))]
    }
    case 'GlobalAveragePool': {
      const [n, c] = image(node, x)
      return [n, c, 1, 1]
    }
    case 'Gemm': {
      const { transA, transB } = node.attributes
      const b = inputs[1]
      if (x.length !== 2 || b.length !== 2)
        fail(
          node,
          `it multiplies matrices, got ${describe(inputs.slice(0, 2))}`,
          'put a Flatten before it when the model is exported',
        )
      const [m, k] = transA ? [x[1], x[0]] : x
      const [inner, n] = transB ? [b[1], b[0]] : b
      if (k !== inner) fail(node, `inner sizes ${k} and ${inner} differ`, CONTRADICTION)
      return [m, n]
    }
    case 'MatMul': {
      const b = inputs[1]
      if (x.length !== 2 || b.length !== 2 || x[1] !== b[0])
        fail(
          node,
          `only [M,K] by [K,N] is supported, got ${describe(inputs)}`,
          'flatten the tensor before it to [N, features] when the model is exported',
        )
      return [x[0], b[1]]
    }
    case 'Add':
    case 'Mul':
      return broadcast(node, x, inputs[1])
    case 'Concat':
      return joined(node, inputs)
    case 'Flatten': {
      const axis = node.attributes.axis < 0 ? node.attributes.axis + x.length : node.attributes.axis
      return [elements(x.slice(0, axis)), elements(x.slice(axis))]
    }
    case 'Reshape':
      return reshaped(node, x, node.attributes.shape)
    case 'BatchNormalization':
    case 'Relu':
    case 'Clip':
    case 'Sigmoid':
    case 'HardSigmoid':
    case 'HardSwish':
    case 'Softmax':
      return x
  }
}

function image(node: Node, shape: Shape): readonly [number, number, number, number] {
  if (shape.length !== 4)
    fail(
      node,
      `it takes [N,C,H,W], got ${bracketed(shape)}`,
      'export the model over images, those of a series as [N,C,1,L]',
    )
  return shape as unknown as readonly [number, number, number, number]
}

function positive(node: Node, size: Pair): Pair {
  if (size[0] < 1 || size[1] < 1) fail(node, 'its window is larger than its padded input', CONTRADICTION)
  return size
}

function broadcast(node: Node, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length)
  const at = (shape: Shape, axis: number): number => shape[axis - (rank - shape.length)] ?? 1
  return Array.from({ length: rank }, (_, axis) => {
    const [p, q] = [at(a, axis), at(b, axis)]
    if (p !== q && p !== 1 && q !== 1)
      fail(
        node,
        `shapes ${describe([a, b])} do not broadcast`,
        'a constant beside a tensor of samples must not depend on the batch size: check the shapes that the model was exported with',
      )
    return Math.max(p, q)
  })
}

function joined(node: ConcatNode, inputs: readonly Shape[]): Shape {
  const [first] = inputs
  const axis = node.attributes.axis < 0 ? node.attributes.axis + first.length : node.attributes.axis
  const fits = (shape: Shape): boolean =>
    shape.length === first.length && first.every((size, at) => at === axis || shape[at] === size)
  if (axis >= first.length || axis < 0 || !inputs.every(fits))
    fail(node, `shapes ${describe(inputs)} do not join along axis ${node.attributes.axis}`, CONTRADICTION)
  const total = inputs.reduce((sum, shape) => sum + shape[axis], 0)
  return first.map((size, at) => (at === axis ? total : size))
}

function reshaped(node: Node, x: Shape, wanted: readonly number[]): Shape {
  const shape = wanted.map((size, axis) => (size === 0 ? x[axis] : size))
  const hole = shape.indexOf(-1)
  if (hole >= 0) shape[hole] = elements(x) / -elements(shape)
  if (elements(shape) !== elements(x) || shape.some((size) => !Number.isInteger(size)))
    fail(
      node,
      `${bracketed(x)} does not reshape to ${bracketed(wanted)}`,
      'write the batch size as 0 or -1 where a shape is given',
    )
  return shape
}

function describe(shapes: readonly Shape[]): string {
  return shapes.length > 2 ? listed(shapes.map(bracketed)) : shapes.map(bracketed).join(' and ')
}
