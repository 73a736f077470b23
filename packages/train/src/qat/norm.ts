import {
  type BatchNormalizationNode,
  countUses,
  type Graph,
  isWeighted,
  type Model,
  modelOf,
  type Node,
  tensor,
  type Weights,
  weightsOf,
} from '@octet/core'

/**
 * A BatchNormalization behind a Conv or Gemm, [M] each, and the layer's own constants without the folded
 * BatchNormalization.
 */
export interface Norm extends Weights {
  readonly scale: Float32Array
  readonly shift: Float32Array
  readonly mean: Float32Array
  readonly variance: Float32Array
  readonly epsilon: number
}

/**
 * The BatchNormalizations that a model has folded into its layers and that can be trained unfolded, by layer name.
 * Others stay folded: without a Conv or Gemm directly before them, with a constant folded in behind them, or in layers
 * whose weights the model has changed since (by equalization).
 */
export function normsOf(graph: Graph, model: Model): Map<string, Norm> {
  const uses = countUses(graph)
  const producers = new Map(graph.nodes.map((node) => [node.output, node]))
  const found = new Map<string, BatchNormalizationNode>()
  for (const node of graph.nodes) {
    const before = producers.get(node.inputs[0])
    if (node.op !== 'BatchNormalization' || before === undefined || uses.get(before.output) !== 1) continue
    if (before.op === 'Conv' || before.op === 'Gemm') found.set(before.name, node)
  }
  const bare = modelOf(without(graph, found))
  const norms = new Map<string, Norm>()
  for (const layer of model.layers) {
    const node = found.get(layer.name)
    const twin = bare.layers.find(({ name }) => name === layer.name)
    if (node === undefined || !isWeighted(layer) || twin === undefined || !isWeighted(twin)) continue
    const [scale, shift, mean, variance] = node.inputs
      .slice(1)
      .map((name) => graph.initializers.get(name)!.data)
    const norm = { ...weightsOf(bare, twin), scale, shift, mean, variance, epsilon: node.attributes.epsilon }
    if (sameWeights(folded(norm), weightsOf(model, layer))) norms.set(layer.name, norm)
  }
  return norms
}

/** w' = w * g, b' = (b - mean) * g + shift with g = scale / sqrt(variance + epsilon), as `canonicalize` folds. */
export function folded({ weight, bias, scale, shift, mean, variance, epsilon }: Norm): Weights {
  const gain = Float64Array.from(scale, (s, m) => s / Math.sqrt(variance[m] + epsilon))
  const inner = weight.data.length / gain.length
  return {
    weight: tensor(
      'float32',
      weight.shape,
      weight.data.map((w, i) => w * gain[Math.floor(i / inner)]),
    ),
    bias: bias.map((b, m) => b * gain[m] + (shift[m] - mean[m] * gain[m])),
  }
}

/** The graph without each layer's BatchNormalization. */
function without(graph: Graph, found: ReadonlyMap<string, BatchNormalizationNode>): Graph {
  const removed = new Set<Node>(found.values())
  const nodes = graph.nodes.flatMap((node): Node[] => {
    if (removed.has(node)) return []
    const norm = found.get(node.name)
    return [norm === undefined ? node : { ...node, output: norm.output }]
  })
  return { ...graph, nodes }
}

function sameWeights(a: Weights, b: Weights): boolean {
  return (
    a.weight.data.length === b.weight.data.length &&
    a.weight.data.every((value, i) => value === b.weight.data[i]) &&
    a.bias.every((value, m) => value === b.bias[m])
  )
}
