import { sameShape } from '../../tensor/tensor.ts'
import type { Node } from '../../ops/list.ts'
import type { Graph } from '../graph.ts'
import { prune } from '../reads.ts'
import { inferShapes } from '../shapes.ts'
import { gelu } from './gelu.ts'
import { hardSigmoid, hardSwish } from './hard-sigmoid.ts'
import { Matcher } from './matcher.ts'
import { mish, softplus } from './mish.ts'
import type { Pattern } from './pattern.ts'
import { swish } from './swish.ts'

const PATTERNS: readonly Pattern[] = [gelu, swish, mish, hardSwish, hardSigmoid, softplus]

/**
 * The graph with each function of one number that exporters write out in several nodes as one node, because
 * quantization would round each of the several. Tensors that other nodes read stay. Returns the graph itself if it has
 * no such function.
 */
export function joinWrittenOut(graph: Graph): Graph {
  const matcher = new Matcher(graph)
  const found = new Map<Node, Node>()
  for (const node of graph.nodes)
    for (const pattern of PATTERNS) {
      const made = pattern(node, matcher)
      if (made === undefined) continue
      const { input, ...rest } = made
      found.set(node, { ...rest, name: node.name, inputs: [input], output: node.output })
      break
    }
  if (found.size === 0) return graph
  // A constant of one number may have more axes than the tensor.
  const shapes = inferShapes(graph, 1)
  for (const [node, { inputs, output }] of found)
    if (!sameShape(shapes.get(inputs[0])!, shapes.get(output)!)) found.delete(node)
  if (found.size === 0) return graph
  return prune({ ...graph, nodes: graph.nodes.map((node) => found.get(node) ?? node) })
}
