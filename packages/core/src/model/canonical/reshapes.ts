import type { Node } from '../../ops/list.ts'
import { sameShape, type Shape } from '../../tensor/tensor.ts'
import { largestBatch, type Graph } from '../graph.ts'
import { inferShapes } from '../shapes.ts'

/**
 * The graph with each chain of Flatten and Reshape nodes as one Reshape, and without chains that end in their first
 * shape. A tensor inside a chain that another node reads is also made from the chain's start.
 */
export function joinReshapes(graph: Graph): Graph {
  if (!graph.nodes.some(isReshape)) return graph
  const shapes = (largestBatch(graph) === 1 ? [1] : [2, 3]).map((batch) => inferShapes(graph, batch))
  const of = (name: string): Shape[] => shapes.map((one) => one.get(name)!)
  /** For each output of a Reshape, the tensor that starts its chain. */
  const begins = new Map<string, string>()
  const same = new Map<string, string>()
  const nodes = graph.nodes.flatMap((node): Node[] => {
    const inputs = node.inputs.map((name) => same.get(name) ?? name)
    if (!isReshape(node) || !shapes[0].has(inputs[0])) return [{ ...node, inputs }]
    const begin = begins.get(inputs[0]) ?? inputs[0]
    const [from, to] = [of(begin), of(node.output)]
    if (node.output !== graph.output && from.every((shape, i) => sameShape(shape, to[i]))) {
      same.set(node.output, begin)
      return []
    }
    const shape = begin === inputs[0] ? undefined : asAttribute(to)
    if (shape === undefined) {
      begins.set(node.output, inputs[0])
      return [{ ...node, inputs }]
    }
    begins.set(node.output, begin)
    return [{ op: 'Reshape', name: node.name, inputs: [begin], output: node.output, attributes: { shape } }]
  })
  const states = graph.states?.map(({ input, output }) => ({ input, output: same.get(output) ?? output }))
  return { ...graph, nodes, ...(states && { states }) }
}

function isReshape({ op }: Node): boolean {
  return op === 'Reshape' || op === 'Flatten'
}

/**
 * The shapes for several batches as one shape of a Reshape, with -1 for a size that differs; undefined if several sizes
 * differ.
 */
function asAttribute([first, ...others]: readonly Shape[]): readonly number[] | undefined {
  const shape = first.map((size, axis) => (others.every((other) => other[axis] === size) ? size : -1))
  return shape.indexOf(-1) === shape.lastIndexOf(-1) ? shape : undefined
}
