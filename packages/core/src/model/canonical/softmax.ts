import { elements, type Shape } from '../../tensor/tensor.ts'
import type { Graph } from '../graph.ts'
import type { Node } from '../../ops/list.ts'
import type { SoftmaxNode } from '../../ops/softmax.ts'
import { activationNames, Names } from '../names.ts'
import { onlyReaders } from '../reads.ts'
import { inferShapes } from '../shapes.ts'

/**
 * The graph with each Softmax over a sample's only axis longer than 1 as a Softmax of [N,F]. A Flatten goes before it,
 * and a Reshape after it unless the following nodes only flatten.
 */
export function flattenSoftmax(graph: Graph): Graph {
  if (!graph.nodes.some(({ op }) => op === 'Softmax')) return graph
  const shapes = inferShapes(graph, 1)
  const readerOf = onlyReaders(graph)
  const tensors = new Names([...activationNames(graph), ...graph.initializers.keys()])
  const names = new Names(graph.nodes.map(({ name }) => name))
  const dropped = new Set<Node>()
  const nodes = graph.nodes.flatMap((node): Node[] => {
    if (dropped.has(node)) return []
    const shape = shapes.get(node.output)!
    if (node.op !== 'Softmax' || shape.length === 2 || !isOverAll(node, shape)) return [node]
    const flat = tensors.fresh(`${node.inputs[0]}.flat`)
    const before: Node = {
      op: 'Flatten',
      name: names.fresh(`${node.name}.flat`),
      inputs: [...node.inputs],
      output: flat,
      attributes: { axis: 1 },
    }
    const softmax = { ...node, inputs: [flat], attributes: { axis: 1 } }
    const way = flattensBehind(node, shapes, readerOf)
    if (way.length > 0) {
      for (const one of way) dropped.add(one)
      return [before, { ...softmax, output: way.at(-1)!.output }]
    }
    const row = tensors.fresh(`${node.output}.flat`)
    const back: Node = {
      op: 'Reshape',
      name: names.fresh(`${node.name}.back`),
      inputs: [row],
      output: node.output,
      attributes: { shape: [0, ...shape.slice(1)] },
    }
    return [before, { ...softmax, output: row }, back]
  })
  return { ...graph, nodes }
}

function isOverAll({ attributes }: SoftmaxNode, shape: Shape): boolean {
  const axis = (attributes.axis + shape.length) % shape.length
  return axis > 0 && shape[axis] === elements(shape)
}

/** The Flatten and Reshape nodes behind a Softmax that lead to [N,F]; none if other nodes read the tensors between. */
function flattensBehind(
  softmax: SoftmaxNode,
  shapes: ReadonlyMap<string, Shape>,
  onlyReader: (name: string) => Node | undefined,
): Node[] {
  const way: Node[] = []
  for (let next = onlyReader(softmax.output); next !== undefined; next = onlyReader(next.output)) {
    if (next.op !== 'Flatten' && next.op !== 'Reshape') return []
    way.push(next)
    if (shapes.get(next.output)!.length === 2) return way
  }
  return []
}
