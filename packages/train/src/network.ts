import {
  elements,
  flattenSoftmax,
  type Graph,
  inferShapes,
  type Shape,
  tensor,
  type Tensor,
} from '@octet/core'
import type { Mode, Operator, TrainingKernels, Value } from '@octet/core/training'
import { sampleOf } from './sample.ts'
import { withOwnStatistics } from './statistics.ts'
import { Workspace } from './workspace.ts'

/** A parameter that training changes. */
export type Parameter = Value & { readonly grad: Float32Array }

/** A parameter with a copy of these values, and with its own gradient. */
export function parameter(name: string, shape: Shape, data: Float32Array): Parameter {
  return { name, shape, batched: false, data: data.slice(), grad: new Float32Array(data.length) }
}

/** A copy of a state, which later steps do not change. */
export function copied(state: Trainable['state']): Map<string, Float32Array> {
  return new Map([...state].map(([name, data]) => [name, data.slice()]))
}

/**
 * A network that can be trained: a forward pass to logits, and a backward pass from their gradient to the gradients of
 * all parameters.
 */
export interface Trainable {
  /** The largest batch. */
  readonly capacity: number
  readonly input: Value
  readonly logits: Value
  readonly parameters: readonly Parameter[]
  /**
   * All state that steps change and that the next step needs, by name: parameters, running statistics, ranges. These
   * are the live arrays, not copies.
   */
  readonly state: ReadonlyMap<string, Float32Array>
  /** Runs the first `batch` samples of `input` up to `logits`. */
  forward(batch: number, mode: Mode): void
  /**
   * Turns the gradient in `logits.grad` into the gradients of all parameters. It must follow a `forward` in mode
   * `train`.
   */
  backward(batch: number): void
}

/**
 * A graph bound to buffers for up to `capacity` samples. All passes reuse the buffers. A final Softmax is left out: the
 * loss includes it, and `logits` is its input. The graph's initializers are copied and never changed. An initializer
 * that several nodes read is one parameter; each node has its own running statistics.
 */
export class Network implements Trainable {
  readonly capacity: number
  readonly input: Value
  readonly logits: Value
  /** The initializers with a gradient: all except the running statistics of BatchNormalization. */
  readonly parameters: readonly Parameter[]
  readonly state: ReadonlyMap<string, Float32Array>
  readonly #graph: Graph
  readonly #values = new Map<string, Value>()
  readonly #operators: Operator[] = []

  /**
   * @param kernels compute the parts that they support; this package's loops compute the rest.
   * @throws OctetError if a node cannot be trained.
   */
  constructor(source: Graph, capacity: number, kernels?: TrainingKernels) {
    const graph = withOwnStatistics(flattenSoftmax(source))
    this.#graph = graph
    this.capacity = capacity
    const last = graph.nodes.find((node) => node.output === graph.output)
    const nodes = graph.nodes.filter((node) => node !== last || node.op !== 'Softmax')
    const shapes = inferShapes(graph, capacity)
    const workspace = new Workspace(capacity, extent(graph, shapes), kernels)
    const hold = (value: Value): Value => {
      this.#values.set(value.name, value)
      return value
    }

    const statistics = new Set(
      nodes.flatMap((node) => (node.op === 'BatchNormalization' ? node.inputs.slice(3) : [])),
    )
    for (const [name, { shape, data: initial }] of graph.initializers) {
      const data = workspace.array(initial.length)
      data.set(initial)
      const grad = statistics.has(name) ? null : workspace.array(data.length)
      hold({ name, shape, batched: false, data, grad })
    }
    const input = sampleOf(graph)
    this.input = hold(workspace.activation(input.name, [capacity, ...input.shape], false))
    for (const node of nodes) {
      const inputs = node.inputs.map((name) => this.#values.get(name)!)
      const shape = shapes.get(node.output)!
      workspace.expectBatch(node, shape)
      const output = hold(workspace.activation(node.output, shape))
      this.#operators.push(workspace.operator(node, inputs, output))
    }
    this.logits = this.#values.get(last?.op === 'Softmax' ? last.inputs[0] : graph.output)!
    this.parameters = [...this.#values.values()].filter(isParameter)
    this.state = new Map([...graph.initializers.keys()].map((name) => [name, this.#values.get(name)!.data]))
  }

  forward(batch: number, mode: Mode): void {
    for (const operator of this.#operators) operator.forward(batch, mode)
  }

  backward(batch: number): void {
    for (const value of this.#values.values()) if (value !== this.logits) value.grad?.fill(0)
    for (const operator of this.#operators.toReversed()) operator.backward(batch)
  }

  /** The graph with the current parameters and running statistics. */
  graph(): Graph {
    const initializers = new Map<string, Tensor<'float32'>>()
    for (const [name, { shape }] of this.#graph.initializers)
      initializers.set(name, tensor('float32', shape, this.#values.get(name)!.data.slice()))
    return { ...this.#graph, initializers }
  }
}

/** The number of elements in all tensors of a graph and their gradients. */
function extent({ initializers }: Graph, activations: ReadonlyMap<string, Shape>): number {
  let count = 0
  for (const { data } of initializers.values()) count += 2 * data.length
  for (const shape of activations.values()) count += 2 * elements(shape)
  return count
}

function isParameter(value: Value): value is Parameter {
  return !value.batched && value.grad !== null
}
