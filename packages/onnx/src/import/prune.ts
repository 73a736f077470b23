import type { Node } from '@octet/core'

/** The nodes that some tensors depend on, in their order, from nodes in topological order. */
export function pruned(nodes: readonly Node[], ends: readonly string[]): readonly Node[] {
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
