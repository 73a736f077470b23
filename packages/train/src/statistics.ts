import { activationNames, countUses, type Graph, Names } from '@octet/core'

/**
 * The graph with separate running statistics for each BatchNormalization. Equal constants, such as means of 0 and
 * biases of 0, are often stored once, but training moves each statistic by its own node's values. Other constants stay
 * shared as one parameter.
 */
export function withOwnStatistics(graph: Graph): Graph {
  const uses = countUses(graph)
  const names = new Names([...activationNames(graph), ...graph.initializers.keys()])
  const initializers = new Map(graph.initializers)
  const nodes = graph.nodes.map((node) => {
    if (node.op !== 'BatchNormalization') return node
    const inputs = node.inputs.map((name, index) => {
      if (index < 3 || uses.get(name) === 1) return name
      const own = names.fresh(name)
      initializers.set(own, graph.initializers.get(name)!)
      return own
    })
    return { ...node, inputs }
  })
  const read = new Set(nodes.flatMap(({ inputs }) => inputs))
  for (const name of graph.initializers.keys())
    if (uses.has(name) && !read.has(name)) initializers.delete(name)
  return { ...graph, nodes, initializers }
}
