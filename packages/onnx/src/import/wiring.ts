import { nameOf, OctetError, quoted } from '@octet/core'
import type { GraphProto, NodeProto } from '../generated/onnx_pb.ts'
import { CONTRADICTION } from './source.ts'

/** The tensors that a node reads: its inputs, and the outer tensors that its nested graphs read. */
export function readsOf(node: NodeProto): readonly string[] {
  const graphs = node.attribute.flatMap(({ g }) => g ?? [])
  return graphs.length === 0 ? node.input : [...node.input, ...graphs.flatMap(capturesOf)]
}

function capturesOf({ node, input, initializer, output }: GraphProto): string[] {
  const own = new Set([
    ...[...input, ...initializer].map(({ name }) => name),
    ...node.flatMap((inner) => inner.output),
  ])
  const read = [...node.flatMap(readsOf), ...output.map(({ name }) => name)]
  return read.filter((name) => !own.has(name))
}

/**
 * The nodes that these tensors depend on, in the file's order. The other nodes may be anything.
 * @param given tensors that no node needs to compute
 * @throws OctetError for a tensor that no node computes, or that two nodes compute.
 */
export function nodesBehind(
  tensors: readonly string[],
  nodes: readonly NodeProto[],
  given: { has(name: string): boolean },
): readonly NodeProto[] {
  const { producer, twice } = producers(nodes)
  const found = new Set<NodeProto>()
  const seen = new Set<string>()
  const visit = (names: readonly string[], orFail: (name: string) => never): NodeProto[] => {
    const next: NodeProto[] = []
    for (const name of names) {
      if (name === '' || seen.has(name)) continue
      seen.add(name)
      const node = producer.get(name)
      if (twice.has(name) || (node !== undefined && given.has(name)))
        throw new OctetError(`tensor ${quoted(name)} is produced twice`, CONTRADICTION)
      if (given.has(name)) continue
      if (node === undefined) orFail(name)
      else if (!found.has(node)) {
        found.add(node)
        next.push(node)
      }
    }
    return next
  }
  const open = visit(tensors, (name) => {
    throw new OctetError(`no node produces the output ${quoted(name)}`, CONTRADICTION)
  })
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const reader = node
    const orFail = (name: string): never => {
      throw new OctetError(
        `${label(reader)}: its input ${quoted(name)} is produced by no node`,
        CONTRADICTION,
      )
    }
    for (const before of visit(readsOf(node), orFail)) open.push(before)
  }
  return nodes.filter((node) => found.has(node))
}

/**
 * Sorts nodes so that each comes after the nodes that it reads from. Otherwise the order stays.
 * @throws OctetError for a cycle.
 */
export function topological(nodes: readonly NodeProto[]): readonly NodeProto[] {
  const { producer } = producers(nodes)
  const sorted: NodeProto[] = []
  const state = new Map<NodeProto, 'open' | 'done'>()
  for (const root of nodes) {
    if (state.has(root)) continue
    state.set(root, 'open')
    const path = [{ node: root, reads: readsOf(root), next: 0 }]
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      if (top.next === top.reads.length) {
        state.set(top.node, 'done')
        sorted.push(top.node)
        path.pop()
        continue
      }
      const from = producer.get(top.reads[top.next++])
      if (from === undefined || state.get(from) === 'done') continue
      if (state.get(from) === 'open')
        throw new OctetError(`the nodes around ${label(from)} form a cycle`, CONTRADICTION)
      state.set(from, 'open')
      path.push({ node: from, reads: readsOf(from), next: 0 })
    }
  }
  return sorted
}

function producers(nodes: readonly NodeProto[]): {
  producer: ReadonlyMap<string, NodeProto>
  twice: ReadonlySet<string>
} {
  const producer = new Map<string, NodeProto>()
  const twice = new Set<string>()
  for (const node of nodes)
    for (const name of node.output) {
      if (name === '') continue
      if (producer.has(name)) twice.add(name)
      producer.set(name, node)
    }
  return { producer, twice }
}

function label({ opType, name, output }: NodeProto): string {
  return nameOf({ op: opType, name: name || (output[0] ?? '') })
}
