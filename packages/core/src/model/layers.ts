import type { Clamp } from '../kernel/spec.ts'
import { canonicalize } from './canonical/canonicalize.ts'
import type { ClipNode, Graph, Node, ReluNode } from './graph.ts'
import { countUses } from './reads.ts'

/**
 * One unit of execution and of quantization: a node and the Relu or Clip fused behind it.
 * What lies between the two is never stored, so it has no range and no scale.
 */
export interface Layer {
  readonly name: string
  readonly node: Exclude<Node, { op: 'BatchNormalization' }>
  /** Activation tensors read, in the node's order; constants are left out. */
  readonly inputs: readonly string[]
  /** Tensor produced, after the fused activation. */
  readonly output: string
  /** Bounds of the fused activation in real units; infinite where there is none. */
  readonly clamp: Clamp
}

/** A canonical graph cut into layers, in order. */
export interface Model {
  readonly graph: Graph
  readonly layers: readonly Layer[]
}

const UNBOUNDED: Clamp = [-Infinity, Infinity]
const FUSES: ReadonlySet<Node['op']> = new Set([
  'Conv',
  'Gemm',
  'MatMul',
  'Add',
  'Mul',
  'AveragePool',
  'GlobalAveragePool',
])

/** Canonicalizes a graph and fuses each Relu or Clip into the only producer of what it reads. */
export function modelOf(source: Graph): Model {
  const graph = canonicalize(source)
  const uses = countUses(graph)
  const layers: Layer[] = []
  const producer = new Map<string, number>()
  for (const node of graph.nodes) {
    if (node.op === 'BatchNormalization') throw new Error(`${node.name} survived canonicalization`)
    const inputs = node.inputs.filter((name) => !graph.initializers.has(name))
    const before = producer.get(inputs[0])
    if (
      isActivation(node) &&
      before !== undefined &&
      FUSES.has(layers[before].node.op) &&
      uses.get(inputs[0]) === 1
    ) {
      const [lo, hi] = layers[before].clamp
      const [min, max] = boundsOf(node)
      layers[before] = {
        ...layers[before],
        output: node.output,
        clamp: [Math.min(Math.max(lo, min), max), Math.max(Math.min(hi, max), min)],
      }
      producer.set(node.output, before)
      continue
    }
    producer.set(node.output, layers.length)
    layers.push({
      name: node.name,
      node,
      inputs,
      output: node.output,
      clamp: isActivation(node) ? boundsOf(node) : UNBOUNDED,
    })
  }
  return { graph, layers }
}

function isActivation(node: Node): node is ReluNode | ClipNode {
  return node.op === 'Relu' || node.op === 'Clip'
}

function boundsOf(node: ReluNode | ClipNode): Clamp {
  return node.op === 'Relu' ? [0, Infinity] : [node.attributes.min, node.attributes.max]
}
