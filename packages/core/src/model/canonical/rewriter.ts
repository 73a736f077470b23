import { NO_PADS } from '../../ops/spec.ts'
import { elements, tensor, type Shape, type Tensor } from '../../tensor/tensor.ts'
import { quoted, fail } from '../../ops/message.ts'
import type { ConvNode } from '../../ops/conv/conv.ts'
import type { GemmNode } from '../../ops/gemm.ts'
import type { Graph } from '../graph.ts'
import type { Node } from '../../ops/list.ts'
import { activationNames, Names } from '../names.ts'
import { countUses, prune } from '../reads.ts'

/** y = gain * x + offset, one value of each for every channel of y; x has as many, or one. */
export interface Affine {
  readonly gain: Float64Array
  readonly offset: Float64Array
}

/**
 * Weights and biases of a canonical graph, each layer's its own: 4 GiB. A constant of one value may stand for
 * millions.
 */
const MOST_WEIGHTS: number = 2 ** 30

/** The constant at one place of a node's inputs. @throws OctetError where it is computed. */
export type ConstantAt = (index: number) => Tensor<'float32'>

/** Where the Conv or Gemm stands that may still take an affine map in, and the node that yields its output. */
interface Open {
  readonly product: number
  readonly last: number
}

/**
 * Builds the nodes of a canonical graph. Constants of the source are read and never written: what is made of them
 * gets names of its own, so that other nodes may read the same ones.
 */
export class Rewriter {
  readonly #source: Graph
  readonly #shapes: ReadonlyMap<string, Shape>
  readonly #uses: ReadonlyMap<string, number>
  readonly #tensors: Names
  readonly #nodeNames: Names
  readonly #nodes: Node[] = []
  readonly #constants = new Map<string, Tensor<'float32'>>()
  #weights = 0
  /** By the tensor that is yielded. */
  readonly #open = new Map<string, Open>()

  constructor(source: Graph, shapes: ReadonlyMap<string, Shape>) {
    this.#source = source
    this.#shapes = shapes
    this.#uses = countUses(source)
    // No constant of the source stays: all names but those of activations are free.
    this.#tensors = new Names(activationNames(source))
    this.#nodeNames = new Names(source.nodes.map(({ name }) => name))
  }

  isConstant(name: string): boolean {
    return this.#source.initializers.has(name)
  }

  /** @throws OctetError for a node that reads no activation. */
  constantOf(node: Node): ConstantAt {
    if (node.inputs.every((name) => this.isConstant(name)))
      fail(
        node,
        'it computes with constants alone',
        'run a constant folder such as onnxsim over the model before it is given',
      )
    return (index) =>
      this.#source.initializers.get(node.inputs[index]) ??
      fail(
        node,
        `its input ${quoted(node.inputs[index])} must be a constant`,
        'export the model with its weights frozen',
      )
  }

  /** A node as it is. @throws OctetError where it reads a constant. */
  push(node: Node): void {
    const fixed = node.inputs.find((name) => this.isConstant(name))
    if (fixed !== undefined)
      fail(
        node,
        `its input ${quoted(fixed)} is a constant, and only computed tensors run there`,
        'exchange the two sides, or fold the constant into a layer beside the node',
      )
    this.#nodes.push(node)
  }

  /** A Conv or Gemm with constants of its own, in place of a node of the source. */
  emit(node: ConvNode | GemmNode, weight: Tensor<'float32'>, bias: Float32Array, source: Node = node): void {
    this.#takeRoom(source, weight.data.length + bias.length)
    const names = [this.#tensors.fresh(`${node.name}.weight`), this.#tensors.fresh(`${node.name}.bias`)]
    const made = { ...node, inputs: [node.inputs[0], ...names] }
    this.#store(made, weight, bias)
    this.#open.set(node.output, { product: this.#nodes.length, last: this.#nodes.length })
    this.#nodes.push(made)
  }

  /**
   * An affine map of `input`, in place of `node`: within the Conv or Gemm that makes the input, or as a Conv of its
   * own.
   */
  apply(node: Node, input: string, affine: Affine): void {
    if (!this.#absorb(node, input, affine)) this.#standAlone(node, input, affine)
  }

  graph(): Graph {
    return prune({ ...this.#source, nodes: this.#nodes, initializers: this.#constants })
  }

  #absorb(node: Node, input: string, { gain, offset }: Affine): boolean {
    const open = this.#open.get(input)
    if (open === undefined || this.#uses.get(input) !== 1) return false
    const target = this.#nodes[open.product] as ConvNode | GemmNode
    const [weight, bias] = target.inputs.slice(1).map((name) => this.#constants.get(name)!)
    const [outputs, ...inner] = weight.shape
    const widens = outputs !== gain.length
    // The Reshape behind would have to widen too.
    if (widens && open.last !== open.product) return false
    const run = elements(inner)
    this.#takeRoom(node, (gain.length - outputs) * (run + 1))
    const from = (m: number): number => (widens ? 0 : m)
    const scaled = Float32Array.from({ length: gain.length * run }, (_, i) => {
      const m = Math.floor(i / run)
      return weight.data[from(m) * run + (i % run)] * gain[m]
    })
    const moved = Float32Array.from(gain, (g, m) => bias.data[from(m)] * g + offset[m])
    requireFinite(node, scaled, moved)
    this.#store(target, tensor('float32', [gain.length, ...inner], scaled), moved)
    this.#nodes[open.last] = { ...this.#nodes[open.last], output: node.output }
    this.#open.delete(input)
    this.#open.set(node.output, open)
    return true
  }

  /** A 1x1 Conv with one filter for each channel of its output, between Reshapes where the tensor is not [N,C,H,W]. */
  #standAlone(node: Node, input: string, { gain, offset }: Affine): void {
    const shape = this.#shapes.get(input)!
    const channels = shape[1] ?? 1
    const attributes = {
      kernel: [1, 1],
      strides: [1, 1],
      pads: NO_PADS,
      dilations: [1, 1],
      group: channels,
    } as const
    const weight = tensor('float32', [gain.length, 1, 1, 1], Float32Array.from(gain))
    const bias = Float32Array.from(offset)
    requireFinite(node, weight.data, bias)
    const conv = (from: string, to: string): void =>
      this.emit({ op: 'Conv', name: node.name, inputs: [from], output: to, attributes }, weight, bias, node)
    if (shape.length === 4) return conv(input, node.output)
    const [image, mapped] = [
      this.#tensors.fresh(`${input}.image`),
      this.#tensors.fresh(`${node.output}.image`),
    ]
    this.#reshape(`${node.name}.image`, input, image, [0, channels, elements(shape) / channels, 1])
    conv(image, mapped)
    const product = this.#nodes.length - 1
    this.#reshape(`${node.name}.back`, mapped, node.output, [0, ...this.#shapes.get(node.output)!.slice(1)])
    this.#open.set(node.output, { product, last: this.#nodes.length - 1 })
  }

  #reshape(wanted: string, input: string, output: string, shape: readonly number[]): void {
    const name = this.#nodeNames.fresh(wanted)
    this.#nodes.push({ op: 'Reshape', name, inputs: [input], output, attributes: { shape } })
  }

  /** Before memory is taken. @throws OctetError naming the node that there is no room for. */
  #takeRoom(node: Node, weights: number): void {
    this.#weights += weights
    if (this.#weights > MOST_WEIGHTS)
      fail(
        node,
        `with it the model's layers have more than ${MOST_WEIGHTS} weights, constants counted for each channel that meets them`,
        'export a smaller part of the model',
      )
  }

  #store(node: ConvNode | GemmNode, weight: Tensor<'float32'>, bias: Float32Array): void {
    this.#constants.set(node.inputs[1], weight)
    this.#constants.set(node.inputs[2], tensor('float32', [bias.length], bias))
  }
}

/** @throws OctetError where what a node was folded into has left float32. */
export function requireFinite(node: Node, ...folded: readonly Float32Array[]): void {
  for (const data of folded) {
    const value = data.find((number) => !Number.isFinite(number))
    if (value !== undefined)
      fail(
        node,
        `folded into weights it makes one of them ${value}`,
        'look for constants of the node, or weights before it, that are far too large or small',
      )
  }
}
