import type { Graph } from '../graph.ts'
import type { UnaryNode } from '../../ops/unary/unary.ts'
import type { Node } from '../../ops/list.ts'
import { countUses } from '../reads.ts'

/**
 * Joins x * HardSigmoid(x), which exporters write if the opset has no HardSwish, into one node. As two quantized nodes,
 * the product would be rounded twice.
 */
export function joinHardSwish(graph: Graph): Graph {
  const uses = countUses(graph)
  const gates = new Map<string, UnaryNode<'HardSigmoid'>>()
  const joined = new Set<Node>()
  const made = graph.nodes.map((node): Node => {
    if (node.op === 'HardSigmoid' && isSixth(node) && uses.get(node.output) === 1)
      gates.set(node.output, node)
    if (node.op !== 'Mul') return node
    const [a, b] = node.inputs
    for (const [x, gate] of [
      [a, gates.get(b)],
      [b, gates.get(a)],
    ] as const)
      if (gate?.inputs[0] === x) {
        joined.add(gate)
        return { op: 'HardSwish', name: node.name, inputs: [x], output: node.output, attributes: null }
      }
    return node
  })
  return { ...graph, nodes: made.filter((node) => !joined.has(node)) }
}

function isSixth({ attributes: { alpha, beta } }: UnaryNode<'HardSigmoid'>): boolean {
  return Math.fround(alpha) === Math.fround(1 / 6) && beta === 0.5
}
