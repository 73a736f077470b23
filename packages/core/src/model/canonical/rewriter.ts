import { NO_PADS } from '../../ops/spec.ts'
import { elements, tensor, type Shape, type Tensor } from '../../tensor/tensor.ts'
import { bracketed, quoted, fail } from '../../ops/message.ts'
import type { ConvNode } from '../../ops/conv/conv.ts'
import type { GemmNode } from '../../ops/gemm.ts'
import type { Graph } from '../graph.ts'
import type { Node } from '../../ops/list.ts'
import { activationNames, Names } from '../names.ts'
import { countUses, prune } from '../reads.ts'

/** y = gain * x + offset, with one gain and offset for each channel of y. x has the same number of channels, or one. */
export interface Affine {
  readonly gain: Float64Array
  readonly offset: Float64Array
}

/**
 * The most weights and biases of a canonical graph, where each layer has its own: 4 GiB. A constant of one value may
 * stand for millions.
 */
const MOST_WEIGHTS: number = 2 ** 30

/**
 * The constant at one position of a node's inputs.
 * @throws OctetError if it is computed.
 */
export type ConstantAt = (index: number) => Tensor<'float32'>

/** The indices of a Conv or Gemm that may still absorb an affine map, and of the node that yields its output. */
interface Open {
  readonly product: number
  readonly last: number
}

/**
 * Builds the nodes of a canonical graph. It never changes constants of the source. New constants get new names, so
 * other nodes can still read the old constants.
 */
export class Rewriter {
  readonly #source: Graph
  readonly #shapes: Map<string, Shape>
  readonly #uses: ReadonlyMap<string, number>
  readonly #tensors: Names
  readonly #nodeNames: Names
  readonly #nodes: Node[] = []
  readonly #constants = new Map<string, Tensor<'float32'>>()
  /** The new name of each kept constant, by its name in the source and its shape. */
  readonly #keptNames = new Map<string, string>()
  #weights = 0
  /** The open layers, by the tensor that they yield. */
  readonly #open = new Map<string, Open>()

  constructor(source: Graph, shapes: ReadonlyMap<string, Shape>) {
    this.#source = source
    this.#shapes = new Map(shapes)
    this.#uses = countUses(source)
    // Kept constants of the source get new names, so only the names of activations are taken.
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

  /** Adds a node unchanged. The constants that it reads become tensors of the canonical graph. */
  push(node: Node): void {
    this.#nodes.push({ ...node, inputs: node.inputs.map((name) => this.#kept(node, name)) })
  }

  /**
   * A node with broadcast inputs, whose activations get leading axes of size 1 up to the rank of its output. Constants
   * keep their rank: `pushAligned` raises it.
   */
  aligned<N extends Node>(node: N): N {
    const rank = this.shapeOf(node.output).length
    const inputs = node.inputs.map((name) => (this.isConstant(name) ? name : this.#ofRank(node, name, rank)))
    return { ...node, inputs }
  }

  /** Adds a node that `aligned` returned. */
  pushAligned(node: Node): void {
    const rank = this.shapeOf(node.output).length
    for (const name of node.inputs) {
      const { length, [0]: rows } = this.shapeOf(name)
      if (this.isConstant(name) && length === rank && rows > 1 && this.#source.batch !== 'one')
        fail(
          node,
          `its constant ${quoted(name)} ${bracketed(this.shapeOf(name))} holds for batch ${rows} only`,
          'give the constant the same values for every sample, as a first dimension of 1',
        )
    }
    this.#nodes.push({ ...node, inputs: node.inputs.map((name) => this.#kept(node, name, rank)) })
  }

  /** The shape of an activation for one sample, or of a constant of the source. */
  shapeOf(name: string): Shape {
    return this.#source.initializers.get(name)?.shape ?? this.#shapes.get(name)!
  }

  /** Adds a Conv or Gemm with its own constants, in place of a node of the source. */
  emit(node: ConvNode | GemmNode, weight: Tensor<'float32'>, bias: Float32Array, source: Node = node): void {
    this.#takeRoom(source, weight.data.length + bias.length)
    const names = [this.#tensors.fresh(`${node.name}.weight`), this.#tensors.fresh(`${node.name}.bias`)]
    const made = { ...node, inputs: [node.inputs[0], ...names] }
    this.#store(made, weight, bias)
    this.#open.set(node.output, { product: this.#nodes.length, last: this.#nodes.length })
    this.#nodes.push(made)
  }

  /**
   * Adds an affine map of `input` in place of `node`: inside the Conv or Gemm that makes the input, or as a separate
   * Conv.
   */
  apply(node: Node, input: string, affine: Affine): void {
    if (!this.#absorb(node, input, affine)) this.#standAlone(node, input, affine)
  }

  graph(): Graph {
    return prune({ ...this.#source, nodes: this.#nodes, initializers: this.#constants })
  }

  /** The name of a tensor that a node reads. All readers of a constant at one rank share one kept constant. */
  #kept(node: Node, name: string, rank = 0): string {
    const held = this.#source.initializers.get(name)
    if (held === undefined) return name
    const shape = [...ones(rank - held.shape.length), ...held.shape]
    const key = JSON.stringify([name, shape])
    const known = this.#keptNames.get(key)
    if (known !== undefined) return known
    if (held.data.length === 0)
      fail(node, `its constant ${quoted(name)} ${bracketed(held.shape)} is empty`, 'export the model again')
    this.#takeRoom(node, held.data.length)
    const kept = this.#tensors.fresh(name)
    this.#keptNames.set(key, kept)
    this.#constants.set(kept, tensor('float32', shape, held.data))
    return kept
  }

  #ofRank(node: Node, name: string, rank: number): string {
    const shape = this.shapeOf(name)
    if (shape.length >= rank) return name
    if (this.#source.batch !== 'one')
      fail(
        node,
        `beside a tensor of ${rank} dimensions, the batch of ${quoted(name)} would not stay in front`,
        'give the constant no more dimensions than the tensor beside it has',
      )
    const front = ones(rank - shape.length)
    const aligned = this.#tensors.fresh(`${name}.aligned`)
    this.#reshape(
      `${node.name}.align`,
      name,
      aligned,
      shape.length === 0 ? front : [...front, -1, ...shape.slice(1)],
    )
    this.#shapes.set(aligned, [...front, ...shape])
    return aligned
  }

  #absorb(node: Node, input: string, { gain, offset }: Affine): boolean {
    const open = this.#open.get(input)
    if (open === undefined || this.#uses.get(input) !== 1) return false
    const target = this.#nodes[open.product] as ConvNode | GemmNode
    const [weight, bias] = target.inputs.slice(1).map((name) => this.#constants.get(name)!)
    const [outputs, ...inner] = weight.shape
    const widens = outputs !== gain.length
    // The Reshape behind the layer would have to widen too.
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

  /** Adds a 1x1 Conv with one filter per output channel, between Reshapes if the tensor is not [N,C,H,W]. */
  #standAlone(node: Node, input: string, { gain, offset }: Affine): void {
    const shape = this.shapeOf(input)
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
    // A scalar has no first size to keep.
    const rows = shape.length === 0 ? 1 : 0
    this.#reshape(`${node.name}.image`, input, image, [rows, channels, elements(shape.slice(2)), 1])
    conv(image, mapped)
    const product = this.#nodes.length - 1
    const back = this.#shapes.get(node.output)!.map((size, axis) => (axis === 0 ? 0 : size))
    this.#reshape(`${node.name}.back`, mapped, node.output, back)
    this.#open.set(node.output, { product, last: this.#nodes.length - 1 })
  }

  #reshape(wanted: string, input: string, output: string, shape: readonly number[]): void {
    const name = this.#nodeNames.fresh(wanted)
    this.#nodes.push({ op: 'Reshape', name, inputs: [input], output, attributes: { shape } })
  }

  /**
   * Checks the room for weights before they are allocated.
   * @throws OctetError naming the node that does not fit.
   */
  #takeRoom(node: Node, weights: number): void {
    this.#weights += weights
    if (this.#weights > MOST_WEIGHTS)
      fail(
        node,
        `with it the model's layers have more than ${MOST_WEIGHTS} weights, constants counted for each ` +
          'channel that meets them',
        'export a smaller part of the model',
      )
  }

  #store(node: ConvNode | GemmNode, weight: Tensor<'float32'>, bias: Float32Array): void {
    this.#constants.set(node.inputs[1], weight)
    this.#constants.set(node.inputs[2], tensor('float32', [bias.length], bias))
  }
}

/** A list of `count` ones; empty for a negative count. */
function ones(count: number): number[] {
  return Array.from({ length: Math.max(count, 0) }, () => 1)
}

/** @throws OctetError if folding a node gave numbers that float32 cannot hold. */
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
