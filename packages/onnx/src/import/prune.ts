import type { Node } from '@octet/core'

/** The nodes that a tensor depends on, in their order, from nodes in topological order. */
export function pruned(nodes: readonly Node[], end: string): readonly Node[] {
  const read = new Set([end])
  return nodes
    .toReversed()
    .filter(({ inputs, output }) => {
      if (!read.has(output)) return false
      for (const name of inputs) read.add(name)
      return true
    })
    .toReversed()
}
