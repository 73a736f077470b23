import type { Node } from '../model/graph.ts'

export type { Bind, Mode, Operator, Value } from '../kernel/training.ts'

/** How errors name a node. */
export function nameOf(node: Node): string {
  return `${node.op} "${node.name}"`
}
