import type { Node } from '../../ops/list.ts'
import { sameShape, type Shape } from '../../tensor/tensor.ts'
import { largestBatch, type Graph } from '../graph.ts'
import { inferShapes } from '../shapes.ts'

/**
 * The graph with each run of Flatten and Reshape nodes as one Reshape, and without those that come back to the shape
 * that they began with. What another node reads in between is made from the beginning too.
 */
export function joinReshapes(graph: Graph): Graph {
  if (!graph.nodes.some(isReshape)) return graph
  const shapes = (largestBatch(graph) === 1 ? [1] : [2, 3]).map((batch) => inferShapes(graph, batch))
  const of = (name: string): Shape[] => shapes.map((one) => one.get(name)!)
  /** By the output of a Reshape: the tensor that its run began with. */
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

/** Shapes for some batches as a Reshape's: -1 where they differ; undefined where they do in several sizes. */
function asAttribute([first, ...others]: readonly Shape[]): readonly number[] | undefined {
  const shape = first.map((size, axis) => (others.every((other) => other[axis] === size) ? size : -1))
  return shape.indexOf(-1) === shape.lastIndexOf(-1) ? shape : undefined
}
