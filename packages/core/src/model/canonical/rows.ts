import type { Node } from '../../ops/list.ts'
import type { ArgMaxNode } from '../../ops/argmax.ts'
import type { LayerNormalizationNode } from '../../ops/layernormalization.ts'
import { alongAxis } from '../../ops/rows.ts'
import type { LogSoftmaxNode, SoftmaxNode } from '../../ops/softmax.ts'
import { elements, tensor, type Shape } from '../../tensor/tensor.ts'
import type { Graph } from '../graph.ts'
import { replaceNodes, type Replacer } from './replacer.ts'

type Along = SoftmaxNode | LogSoftmaxNode | ArgMaxNode

const OPS: ReadonlySet<Node['op']> = new Set(['Softmax', 'LogSoftmax', 'ArgMax', 'LayerNormalization'])

/**
 * The graph with each function along an axis as a function along the last axis of [R,F]. A Transpose moves the axis to
 * the end if necessary, and a Reshape joins the other axes. Both are undone behind the function. A LayerNormalization
 * then always has a scale and a bias, [F] each.
 */
export function functionsOfRows(graph: Graph): Graph {
  return replaceNodes(graph, OPS, (node, replacer) =>
    node.op === 'LayerNormalization' ? normalizeRows(node, replacer) : alongLast(node as Along, replacer),
  )
}

function alongLast(node: Along, replacer: Replacer): boolean {
  const shape = replacer.shapeOf(node.inputs[0])
  const { length: rank } = shape
  const axis = alongAxis(node, shape)
  const { attributes, op } = node
  if (rank === 2 && axis === 1) return false
  // The axis of the function changes places with the last axis.
  const perm = shape.map((_, at) => (at === axis ? rank - 1 : at === rank - 1 ? axis : at))
  const turn = (part: string, input: string, output?: string): string =>
    axis === rank - 1
      ? input
      : replacer.add(node, part, { op: 'Transpose', inputs: [input], attributes: { perm } }, output)
  const turned = turn('turned', node.inputs[0])
  const rows = replacer.reshape(node, 'rows', turned, [-1, shape[axis]])
  const made = { op, inputs: [rows], attributes: { ...attributes, axis: 1 } } as Pick<
    Along,
    'op' | 'inputs' | 'attributes'
  >
  const mapped = replacer.add(node, '', made as never)
  const sizes = perm.map((at) => replacer.shapeOf(node.output)[at])
  const isLast = axis === rank - 1
  const back = replacer.reshape(
    node,
    'back',
    mapped,
    [-1, ...sizes.slice(1)],
    isLast ? node.output : undefined,
  )
  turn('turned.back', back, node.output)
  return true
}

function normalizeRows(node: LayerNormalizationNode, replacer: Replacer): boolean {
  const [x, scale, bias] = node.inputs
  const shape = replacer.shapeOf(x)
  const axis = alongAxis(node, shape)
  const inner = elements(shape.slice(axis))
  const isRow = (of: Shape): boolean => of.length === 1
  if (
    shape.length === 2 &&
    axis === 1 &&
    bias !== undefined &&
    isRow(replacer.shapeOf(scale)) &&
    isRow(replacer.shapeOf(bias))
  )
    return false
  const row = (part: string, name: string): string =>
    isRow(replacer.shapeOf(name)) ? name : replacer.reshape(node, part, name, [inner])
  const inputs = [
    replacer.reshape(node, 'rows', x, [-1, inner]),
    row('scale', scale),
    bias === undefined
      ? replacer.constant(`${node.name}.bias`, tensor('float32', [inner]))
      : row('bias', bias),
  ]
  const attributes = { ...node.attributes, axis: 1 }
  const mapped = replacer.add(node, '', { op: 'LayerNormalization', inputs, attributes })
  replacer.reshape(node, 'back', mapped, [-1, ...shape.slice(1)], node.output)
  return true
}
