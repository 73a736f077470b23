import { OctetError } from '@octet/core'
import type { NodeProto } from '../generated/onnx_pb.ts'

/**
 * The nodes sorted so that each comes after those it reads from, otherwise in the file's order.
 * @throws OctetError for a tensor that nothing produces, that two nodes produce, or a cycle.
 */
export function topological(nodes: readonly NodeProto[], given: ReadonlySet<string>): readonly NodeProto[] {
  const producer = new Map<string, NodeProto>()
  for (const node of nodes)
    for (const name of node.output.filter((output) => output !== '')) {
      if (producer.has(name) || given.has(name)) throw new OctetError(`tensor "${name}" is produced twice`)
      producer.set(name, node)
    }
  const sorted: NodeProto[] = []
  const state = new Map<NodeProto, 'open' | 'done'>()
  for (const root of nodes) {
    const path = [root]
    while (path.length > 0) {
      const node = path.at(-1)!
      state.set(node, state.get(node) ?? 'open')
      const next = state.get(node) === 'done' ? undefined : firstUnsorted(node, producer, given, state)
      if (next !== undefined) {
        if (state.get(next) === 'open') throw new OctetError(`the nodes around "${label(next)}" form a cycle`)
        path.push(next)
        continue
      }
      if (state.get(node) === 'open') sorted.push(node)
      state.set(node, 'done')
      path.pop()
    }
  }
  return sorted
}

/** A producer of one of the node's inputs that is not sorted yet. */
function firstUnsorted(
  node: NodeProto,
  producer: ReadonlyMap<string, NodeProto>,
  given: ReadonlySet<string>,
  state: ReadonlyMap<NodeProto, 'open' | 'done'>,
): NodeProto | undefined {
  for (const name of node.input) {
    if (name === '' || given.has(name)) continue
    const from = producer.get(name)
    if (from === undefined)
      throw new OctetError(`${node.opType} "${label(node)}": its input "${name}" is produced by no node`)
    if (state.get(from) !== 'done') return from
  }
  return undefined
}

function label(node: NodeProto): string {
  return node.name || (node.output[0] ?? '')
}
