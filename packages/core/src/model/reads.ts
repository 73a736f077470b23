import type { Node } from '../ops/list.ts'
import type { Graph } from './graph.ts'

/** How many times each tensor is read; the graph's own output counts as read once. */
export function countUses(graph: Graph): Map<string, number> {
  const uses = new Map<string, number>([[graph.output, 1]])
  for (const node of graph.nodes) for (const name of node.inputs) uses.set(name, (uses.get(name) ?? 0) + 1)
  return uses
}

/** The node that reads a tensor, where it is the only one and reads it once, and the graph does not yield it. */
export function onlyReaders(graph: Graph): (name: string) => Node | undefined {
  const uses = countUses(graph)
  const readers = new Map(graph.nodes.flatMap((node) => node.inputs.map((name) => [name, node] as const)))
  return (name) => (uses.get(name) === 1 ? readers.get(name) : undefined)
}

/** The graph without the nodes and constants that its output does not depend on. */
export function prune(graph: Graph): Graph {
  const read = new Set([graph.output])
  const nodes = graph.nodes
    .toReversed()
    .filter(({ inputs, output }) => {
      if (!read.has(output)) return false
      for (const name of inputs) read.add(name)
      return true
    })
    .toReversed()
  const initializers = new Map([...graph.initializers].filter(([name]) => read.has(name)))
  return { ...graph, nodes, initializers }
}
