import { graphOp, keepsGrid, layerOp, type LayerNode, type Node } from '../ops/list.ts'
import type { Clamp } from '../ops/spec.ts'
import { canonicalize } from './canonical/canonicalize.ts'
import type { Graph } from './graph.ts'
import { countUses } from './reads.ts'

/**
 * One unit of execution and of quantization: a node, and the Relu or Clip fused behind it. The tensor between the two
 * is never stored, so it has no range and no scale.
 */
export interface Layer {
  readonly name: string
  readonly node: LayerNode
  /**
   * The tensors that the layer reads, in the node's order: activations, and constants of the graph that it reads like
   * activations. The weight and bias of a weighted layer are left out.
   */
  readonly inputs: readonly string[]
  /** The tensor that the layer produces, after the fused activation. */
  readonly output: string
  /** The bounds of the fused activation in real units; infinite if there is none. */
  readonly clamp: Clamp
  /**
   * Set if a layer stays in floats although its op has an integer form: it moves numbers that only comparisons read, or
   * the model was already quantized that way.
   */
  readonly inFloats?: true
}

/** A canonical graph cut into layers, in order. */
export interface Model {
  readonly graph: Graph
  readonly layers: readonly Layer[]
}

const UNBOUNDED: Clamp = [-Infinity, Infinity]

/** Canonicalizes a graph and fuses each Relu or Clip into the only producer of its input. */
export function modelOf(source: Graph): Model {
  const graph = canonicalize(source)
  const uses = countUses(graph)
  const layers: Layer[] = []
  const producer = new Map<string, number>()
  for (const node of graph.nodes) {
    if (!isLayerNode(node)) throw new Error(`${node.name} survived canonicalization`)
    const inputs = layerOp(node).weighted ? node.inputs.slice(0, 1) : node.inputs
    const before = producer.get(inputs[0])
    const bounds = boundsOf(node)
    if (
      bounds !== undefined &&
      before !== undefined &&
      layerOp(layers[before].node).clamp === 'fused' &&
      uses.get(inputs[0]) === 1
    ) {
      const [lo, hi] = layers[before].clamp
      const [min, max] = bounds
      layers[before] = {
        ...layers[before],
        output: node.output,
        clamp: [Math.min(Math.max(lo, min), max), Math.max(Math.min(hi, max), min)],
      }
      producer.set(node.output, before)
      continue
    }
    producer.set(node.output, layers.length)
    layers.push({ name: node.name, node, inputs, output: node.output, clamp: bounds ?? UNBOUNDED })
  }
  return { graph, layers: comparedInFloats(layers, uses) }
}

/** Whether a layer is computed on grids. */
export function hasIntegers({ node, inFloats }: Layer): boolean {
  return layerOp(node).integers !== null && inFloats !== true
}

const COMPARISONS: ReadonlySet<string> = new Set(['Equal', 'Less', 'LessOrEqual'])

/**
 * Numbers that are only moved and compared stay in floats. Their exact values tell places and classes apart, and a grid
 * may not contain these values.
 */
function comparedInFloats(layers: readonly Layer[], uses: ReadonlyMap<string, number>): readonly Layer[] {
  /** How many times comparisons, and ops that move numbers to comparisons, read each tensor. */
  const compared = new Map<string, number>()
  const moving = new Set<Layer>()
  for (const layer of layers.toReversed()) {
    const readers = compared.get(layer.output) ?? 0
    const moves = keepsGrid(layer.node) && readers > 0 && readers === uses.get(layer.output)
    if (moves) moving.add(layer)
    if (moves || COMPARISONS.has(layer.node.op))
      for (const name of layer.inputs) compared.set(name, (compared.get(name) ?? 0) + 1)
  }
  return layers.map((layer) => (moving.has(layer) ? inFloats(layer) : layer))
}

function inFloats(layer: Layer): Layer {
  return { ...layer, inFloats: true }
}

function isLayerNode(node: Node): node is LayerNode {
  return 'spec' in graphOp(node)
}

/** The bounds of an activation in real units, if the node is an activation that limits values. */
export function boundsOf(node: Node): Clamp | undefined {
  if (!isLayerNode(node)) return undefined
  const { clamp } = layerOp(node)
  return typeof clamp === 'function' ? clamp(node) : undefined
}
