import { OctetError, quoted } from '@octet/core'
import type { GraphProto, NodeProto } from '../generated/onnx_pb.ts'
import { CONTRADICTION, refuse, type Source } from './source.ts'
import { nodesBehind, topological } from './wiring.ts'

/** The branch of an If that is taken. */
export interface Branch {
  readonly graph: GraphProto
  /** The nodes that its outputs depend on, in topological order. */
  readonly nodes: readonly NodeProto[]
  /** Names of its own: constants and what its nodes yield. All other names are those of the graph around it. */
  readonly names: ReadonlySet<string>
}

/** @throws OctetError where the condition is not one constant, or the branch is missing. */
export function branchOf(source: Source): Branch {
  const condition = source.constant(source.inputs[0] ?? '')
  if (condition?.kind !== 'integer' || condition.values.length !== 1)
    refuse(
      source,
      `its condition ${quoted(source.inputs[0] ?? '')} must be one constant`,
      'make the input that decides it a constant, as --set NAME=VALUE does, or export the branch that is meant',
    )
  const branches = ['then_branch', 'else_branch'].map((name) => source.attributes.graph(name))
  const graph = branches[condition.values[0] === 0 ? 1 : 0]
  if (graph === undefined) refuse(source, 'it lacks the branch that is taken', CONTRADICTION)
  const names = new Set([
    ...graph.initializer.map(({ name }) => name),
    ...graph.node.flatMap(({ output }) => output),
  ])
  names.delete('')
  const stored = new Set(graph.initializer.map(({ name }) => name))
  const given = { has: (name: string) => stored.has(name) || !names.has(name) }
  try {
    const ends = graph.output.map(({ name }) => name)
    return { graph, nodes: topological(nodesBehind(ends, graph.node, given)), names }
  } catch (error) {
    if (!(error instanceof OctetError)) throw error
    return refuse(source, `in the branch that is taken, ${error.message}`, error.mend ?? CONTRADICTION)
  }
}
