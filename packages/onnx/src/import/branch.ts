import { bracketed, elements, OctetError, quoted, sameShape, type Node } from '@octet/core'
import type { GraphProto, NodeProto } from '../generated/onnx_pb.ts'
import { Chain } from '../ops/chain.ts'
import { asFloats } from '../ops/op.ts'
import { CONTRADICTION, refuse, type Source } from './source.ts'
import { nodesBehind, topological } from './wiring.ts'

/** A branch of an If. */
export interface Branch {
  readonly graph: GraphProto
  /** The nodes that its outputs depend on, in topological order. */
  readonly nodes: readonly NodeProto[]
  /** Names of the branch's constants and of its nodes' outputs. All other names belong to the graph around it. */
  readonly names: ReadonlySet<string>
}

/**
 * The branch that the condition selects, or both branches if the condition is computed.
 * @throws OctetError if the condition is not one number per sample, or if a branch is missing.
 */
export function branchesOf(source: Source): readonly Branch[] {
  const [name = ''] = source.inputs
  const condition = source.constant(name)
  const isOne =
    condition === undefined
      ? elements(source.shape(name).slice(1)) === 1
      : condition.kind === 'integer' && condition.values.length === 1
  if (!isOne)
    refuse(
      source,
      `its condition ${quoted(name)} must be one number`,
      'make the input that decides it a constant, as --set NAME=VALUE does, or export the branch that is meant',
    )
  const graphs = ['then_branch', 'else_branch'].map((branch) => source.attributes.graph(branch))
  const taken = condition?.kind === 'integer' ? [graphs[condition.values[0] === 0 ? 1 : 0]] : graphs
  return taken.map((graph) => branchOf(source, graph))
}

/** @throws OctetError if the branch is missing, or if its nodes form a cycle. */
function branchOf(source: Source, graph: GraphProto | undefined): Branch {
  if (graph === undefined) refuse(source, 'it lacks the selected branch', CONTRADICTION)
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
    return refuse(source, `in the selected branch, ${error.message}`, error.mend ?? CONTRADICTION)
  }
}

/**
 * Nodes that select from the outputs of both branches by the condition.
 * @throws OctetError if the two outputs have different shapes.
 */
export function chosen(source: Source, output: string, both: readonly string[]): readonly Node[] {
  const [then, otherwise] = both.map((name) => source.shape(name))
  if (!sameShape(then, otherwise))
    refuse(
      source,
      `its branches yield ${bracketed(then)} and ${bracketed(otherwise)}, and its condition is computed`,
      'make the input that decides it a constant, as --set NAME=VALUE does, or export the branch that is meant',
    )
  const chain = new Chain({ ...source, output })
  const condition = chain.reshape('condition', source.inputs[0], [-1, ...then.slice(1).map(() => 1)])
  const inputs = [condition, ...both.map((name) => asFloats(source, name))]
  chain.add('chosen', { op: 'Where', inputs, attributes: null }, output)
  return chain.nodes
}
