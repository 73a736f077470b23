import { tensor, type Tensor } from '../tensor/tensor.ts'
import type { ConvNode } from '../ops/conv/conv.ts'
import type { GemmNode } from '../ops/gemm.ts'
import { layerOp } from '../ops/list.ts'
import type { Layer, Model } from './layers.ts'

/**
 * A layer that multiplies by constants. In a canonical graph, no other node reads these constants, and the bias is
 * always there.
 */
export interface WeightedLayer extends Layer {
  readonly node: ConvNode | GemmNode
}

/** The constants of one Conv [M, C/group, kH, kW] or Gemm [M, K], output channels first, and its bias [M]. */
export interface Weights {
  readonly weight: Tensor<'float32'>
  readonly bias: Float32Array
}

/** Whether a layer has weights. */
export function isWeighted(layer: Layer): layer is WeightedLayer {
  return layerOp(layer.node).weighted
}

/** The constants of a layer. */
export function weightsOf(model: Model, layer: WeightedLayer): Weights {
  const [weight, bias] = layer.node.inputs.slice(1).map((name) => model.graph.initializers.get(name)!)
  return { weight, bias: bias.data }
}

/** The model with new constants of the same shapes for the named layers. Other layers keep their constants. */
export function withWeights(model: Model, changed: ReadonlyMap<string, Weights>): Model {
  const initializers = new Map(model.graph.initializers)
  for (const layer of model.layers) {
    const made = changed.get(layer.name)
    if (made === undefined || !isWeighted(layer)) continue
    const [, weight, bias] = layer.node.inputs
    initializers.set(weight, made.weight)
    initializers.set(bias, tensor('float32', [made.bias.length], made.bias))
  }
  return { ...model, graph: { ...model.graph, initializers } }
}

/** The number of groups of input channels. Each output channel multiplies the `inner` values of its group's window. */
export function groupsOf(layer: WeightedLayer): number {
  return 'group' in layer.node.attributes ? layer.node.attributes.group : 1
}
