import type { Node } from '../ops/list.ts'
import { yieldedBy, type Graph } from './graph.ts'

/** The number of times that each tensor is read. An output of the graph has one more read. */
export function countUses(graph: Graph): Map<string, number> {
  const uses = new Map<string, number>()
  const add = (name: string): unknown => uses.set(name, (uses.get(name) ?? 0) + 1)
  yieldedBy(graph).forEach(add)
  for (const node of graph.nodes) node.inputs.forEach(add)
  return uses
}

/** The only node that reads a tensor, if it reads the tensor once and the graph does not yield the tensor. */
export function onlyReaders(graph: Graph): (name: string) => Node | undefined {
  const uses = countUses(graph)
  const readers = new Map(graph.nodes.flatMap((node) => node.inputs.map((name) => [name, node] as const)))
  return (name) => (uses.get(name) === 1 ? readers.get(name) : undefined)
}

/** The nodes on which some tensors depend, in the given (topological) order. */
export function nodesFor(nodes: readonly Node[], ends: readonly string[]): readonly Node[] {
  const read = new Set(ends)
  return nodes
    .toReversed()
    .filter(({ inputs, output }) => {
      if (!read.has(output)) return false
      for (const name of inputs) read.add(name)
      return true
    })
    .toReversed()
}

/** The graph without nodes and constants that none of its outputs depends on. */
export function prune(graph: Graph): Graph {
  const nodes = nodesFor(graph.nodes, yieldedBy(graph))
  const read = new Set([...yieldedBy(graph), ...nodes.flatMap(({ inputs }) => inputs)])
  const initializers = new Map([...graph.initializers].filter(([name]) => read.has(name)))
  return { ...graph, nodes, initializers }
}
