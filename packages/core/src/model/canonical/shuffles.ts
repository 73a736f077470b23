import type { Node } from '../../ops/list.ts'
import { elements, sameShape } from '../../tensor/tensor.ts'
import type { Graph } from '../graph.ts'
import { countUses, prune } from '../reads.ts'
import { inferShapes } from '../shapes.ts'

/** Replaces a Reshape, a Transpose and a Reshape that only reorder channels, as in ShuffleNet, by one Gather. */
export function gatherShuffles(graph: Graph): Graph {
  if (!graph.nodes.some(({ op }) => op === 'Transpose')) return graph
  const shapes = inferShapes(graph, 1)
  const uses = countUses(graph)
  const makers = new Map(graph.nodes.map((node) => [node.output, node]))
  const before = (node: Node): Node | undefined =>
    uses.get(node.inputs[0]) === 1 ? makers.get(node.inputs[0]) : undefined
  const nodes = graph.nodes.map((node): Node => {
    if (node.op !== 'Reshape') return node
    const turn = before(node)
    const split = turn?.op === 'Transpose' ? before(turn) : undefined
    if (turn?.op !== 'Transpose' || split?.op !== 'Reshape') return node
    const [x, parts] = [split.inputs[0], split.output].map((name) => shapes.get(name)!)
    const rank = x.length + 1
    const inner = parts.slice(3)
    const { perm } = turn.attributes
    const turns = perm.every((axis, place) => axis === ([0, 2, 1][place] ?? place))
    if (parts.length !== rank || !turns || !sameShape(shapes.get(node.output)!, x)) return node
    if (parts[0] !== x[0] || !sameShape(inner, x.slice(2)) || elements(inner) === 0) return node
    const [, groups, each] = parts
    const indices = Array.from({ length: x[1] }, (_, c) => (c % groups) * each + Math.floor(c / groups))
    return {
      op: 'Gather',
      name: node.name,
      inputs: [split.inputs[0]],
      output: node.output,
      attributes: { axis: 1, indices },
    }
  })
  return nodes.every((node, i) => node === graph.nodes[i]) ? graph : prune({ ...graph, nodes })
}
