import {
  type Clamp,
  elements,
  fail,
  type Graph,
  inferShapes,
  isWeighted,
  keepsGrid,
  type Layer,
  type Model,
  Names,
  type QParams,
  type QuantizedModel,
  type QuantizedWeights,
  quoted,
  type Shape,
  tensor,
  type WeightedLayer,
  type Weights,
  weightsOf,
  withWeights,
} from '@octet/core'
import type { Mode, Operator, TrainingKernels, Value } from '@octet/core/training'
import type { Parameter, Trainable } from '../network.ts'
import { sampleOf } from '../sample.ts'
import { Workspace } from '../workspace.ts'
import { ActivationGrid, type GridOptions } from './activation-grid.ts'
import { LayerWeights } from './layer-weights.ts'
import { normsOf, type Norm } from './norm.ts'
import { bindRenormalization } from './renormalize.ts'

const UNBOUNDED: Clamp = [-Infinity, Infinity]

export interface QatNetworkOptions extends GridOptions {
  /**
   * The graph from which the model was made. With it, BatchNormalizations are trained unfolded, with the statistics of
   * batches, until they freeze. Without it, and in layers whose weights were changed since (by equalization), they stay
   * folded.
   */
  readonly graph?: Graph
  /** Kernels for the parts of the network that they support. This package's loops compute the rest. */
  readonly kernels?: TrainingKernels
}

/**
 * A quantized model in training: a float network that rounds weights, biases and activations to the model's grids
 * wherever the model has integers, and passes gradients straight through (Jacob et al. 2018; Bengio et al. 2013).
 * `quantized` converts it to a model whose integers equal its forward pass in mode `infer`.
 */
export class QatNetwork implements Trainable {
  readonly capacity: number
  readonly input: Value
  readonly logits: Value
  readonly parameters: readonly Parameter[]
  readonly state: ReadonlyMap<string, Float32Array>
  readonly #start: QuantizedModel
  /** The model's tensors by name, on their grids. */
  readonly #values = new Map<string, Value>()
  /** All values of the network, including values between the steps of one layer. */
  readonly #held: Value[] = []
  readonly #operators: Operator[] = []
  readonly #workspace: Workspace
  /** The grids by tensor. Tensors on one grid share it. */
  readonly #grids = new Map<string, ActivationGrid>()
  /** The constants of layers by name. */
  readonly #weights = new Map<string, LayerWeights>()

  /** @throws OctetError if a layer cannot be trained. */
  constructor(start: QuantizedModel, capacity: number, options: QatNetworkOptions = {}) {
    const { model } = start
    this.#start = start
    this.capacity = capacity
    const shapes = inferShapes(model.graph, capacity)
    this.#workspace = new Workspace(capacity, extent(model, shapes), options.kernels)
    const norms = options.graph === undefined ? undefined : normsOf(options.graph, model)

    const { name, shape } = sampleOf(model.graph)
    this.input = this.#value(name, [capacity, ...shape], false)
    this.#onGrid(this.input, name, UNBOUNDED, this.#newGrid(name, options))
    const last = model.layers.at(-1)!
    for (const layer of model.layers) {
      if (layer === last && layer.node.op === 'Softmax') continue
      const shape = shapes.get(layer.output)!
      this.#workspace.expectBatch(layer.node, shape)
      if (isWeighted(layer)) this.#product(layer, shape, norms?.get(layer.name), options)
      else this.#plain(layer, shape, options)
    }
    this.logits = this.#values.get(last.node.op === 'Softmax' ? last.inputs[0] : model.graph.output)!
    const grids = new Map([...this.#grids].toReversed().map(([tensor, grid]) => [grid, tensor] as const))
    this.parameters = [
      ...[...this.#weights.values()].flatMap(({ parameters }) => parameters),
      ...[...grids.keys()].flatMap(({ scale }) => scale ?? []),
    ]
    const state: (readonly [string, Float32Array])[] = [
      ...this.parameters.map(({ name, data }) => [name, data] as const),
      ...[...grids].map(([grid, name]) => [`${name}.range`, grid.range] as const),
      ...[...this.#weights].flatMap(([name, weights]) => stateOf(name, weights)),
    ]
    // Layers and tensors may have the same names, or the names of each other's parts.
    const names = new Names()
    this.state = new Map(state.map(([name, data]) => [names.fresh(name), data]))
  }

  /**
   * Whether ranges of activations and grids of weights follow their values. Otherwise they stay fixed. Learned grids
   * never follow values.
   */
  set observing(observing: boolean) {
    for (const grid of this.#grids.values()) grid.observing = observing && grid.scale === undefined
    for (const weights of this.#weights.values()) weights.observing = observing && !weights.learned
  }

  /**
   * Whether unfolded BatchNormalizations use the statistics of batches. Otherwise they use the current running
   * statistics.
   */
  set liveStatistics(live: boolean) {
    for (const weights of this.#weights.values()) weights.live = live && weights.norm !== undefined
  }

  forward(batch: number, mode: Mode): void {
    for (const operator of this.#operators) operator.forward(batch, mode)
  }

  backward(batch: number): void {
    for (const value of this.#held)
      if (value !== this.logits) value.grad?.fill(0, 0, batch * elements(value.shape))
    for (const { weight, bias } of this.#weights.values()) for (const { grad } of [weight, bias]) grad.fill(0)
    for (const { grad } of this.parameters) grad.fill(0)
    for (const operator of this.#operators.toReversed()) operator.backward(batch)
  }

  /** The model in integers. Its graph has the float weights from which the integers are rounded. */
  quantized(): QuantizedModel {
    const activations = new Map<string, QParams>()
    for (const name of this.#start.activations.keys()) activations.set(name, this.#grids.get(name)!.grid)
    const floats = new Map<string, Weights>()
    const integers = new Map<string, QuantizedWeights>()
    for (const layer of this.#start.model.layers) {
      const weights = this.#weights.get(layer.name)
      if (weights === undefined) continue
      const { weight, bias } = weights.fold()
      floats.set(layer.name, {
        weight: tensor('float32', weight.shape, weight.data.slice()),
        bias: bias.slice(),
      })
      const [input, output] = [layer.inputs[0], layer.output].map((name) => activations.get(name)!)
      integers.set(layer.name, weights.integers({ input, output }))
    }
    return {
      ...this.#start,
      model: withWeights(this.#start.model, floats),
      activations,
      weights: integers,
    }
  }

  #product(layer: WeightedLayer, shape: Shape, norm: Norm | undefined, options: QatNetworkOptions): void {
    const [source] = layer.inputs
    const grids = {
      scheme: this.#start.configuration.weights,
      start: this.#start.weights.get(layer.name)!.qparams,
      learned: options.learned === true,
    }
    const own = weightsOf(this.#start.model, layer)
    const weights = new LayerWeights(layer, own, norm, grids, (length) => this.#workspace.array(length))
    this.#weights.set(layer.name, weights)
    const [before, after] = [this.#grids.get(source)!, this.#newGrid(layer.output, options)]
    this.#operators.push({
      forward: (_, mode) => {
        // An unobserved tensor has no grid and needs none: the grid is read only if a scale must be raised.
        const surroundings = {
          input: before.grid,
          get output() {
            return after.grid
          },
        }
        weights.prepare(surroundings, mode)
      },
      backward: () => weights.backward(),
    })
    const product = this.#value(layer.output, shape)
    const inputs = [this.#values.get(source)!, weights.weight, weights.bias]
    this.#operators.push(this.#workspace.operator(layer.node, inputs, product))
    const exact = norm === undefined ? product : this.#value(layer.output, shape)
    if (norm !== undefined) this.#operators.push(bindRenormalization(product, weights, exact))
    this.#onGrid(exact, layer.output, layer.clamp, after)
  }

  /** Adds a layer without weights. */
  #plain(layer: Layer, shape: Shape, options: QatNetworkOptions): void {
    const { node } = layer
    const inputs = layer.inputs.map(
      (name) =>
        this.#values.get(name) ??
        fail(
          node,
          `its input ${quoted(name)} is a constant, which is not trained`,
          'quantize the model with PTQ',
        ),
    )
    const same = this.#grids.get(layer.inputs[0])!
    if (node.op === 'Relu' || node.op === 'Clip')
      this.#onGrid(inputs[0], layer.output, layer.clamp, same, { observes: false })
    else if (keepsGrid(node)) {
      const moved = this.#value(layer.output, shape)
      this.#values.set(layer.output, moved)
      this.#operators.push(this.#workspace.operator(node, inputs, moved))
      this.#grids.set(layer.output, same)
    } else {
      const exact = this.#value(layer.output, shape)
      this.#operators.push(this.#workspace.operator(node, inputs, exact))
      this.#onGrid(exact, layer.output, layer.clamp, this.#newGrid(layer.output, options))
    }
  }

  #newGrid(name: string, options: QatNetworkOptions): ActivationGrid {
    const { activations, configuration } = this.#start
    return new ActivationGrid(name, configuration.activations, activations.get(name), options)
  }

  /** The tensor `name`: a value limited to bounds and rounded to a grid. */
  #onGrid(x: Value, name: string, clamp: Clamp, grid: ActivationGrid, { observes = true } = {}): void {
    const y = this.#value(name, [this.capacity, ...x.shape])
    this.#values.set(name, y)
    this.#grids.set(name, grid)
    this.#operators.push(grid.bind(x, y, clamp, { capacity: this.capacity, observes }))
  }

  #value(name: string, shape: Shape, differentiable?: boolean): Value {
    const value = this.#workspace.activation(name, shape, differentiable)
    this.#held.push(value)
    return value
  }
}

/**
 * The most elements of a model's values, its layers' constants and all their gradients. A layer's output is kept three
 * times: unchanged, normalized and rounded.
 */
function extent({ layers, graph }: Model, activations: ReadonlyMap<string, Shape>): number {
  let count = 0
  for (const { data } of graph.initializers.values()) count += 2 * data.length
  for (const name of [sampleOf(graph).name, ...layers.map(({ output }) => output)])
    count += 2 * 3 * elements(activations.get(name)!)
  return count
}

/** The state of a layer's constants from step to step, without its parameters. */
function stateOf(name: string, { scale, zeroPoint, norm }: LayerWeights): [string, Float32Array][] {
  return [
    [`${name}.weight.grid.scale`, scale],
    [`${name}.weight.grid.zeroPoint`, zeroPoint],
    ...(norm === undefined
      ? []
      : ([
          [`${name}.norm.mean`, norm.mean],
          [`${name}.norm.variance`, norm.variance],
        ] as [string, Float32Array][])),
  ]
}
