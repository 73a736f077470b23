import {
  elements,
  type Graph,
  inferShapes,
  type Node,
  type Shape,
  tensor,
  type Tensor,
  type Window,
} from '@octet/core'
import { Random } from '@octet/core/statistics'

/** A square window, given by the length of its sides. */
interface Square {
  readonly kernel: number
  /** Default: 1 for Conv; the kernel size for pools. */
  readonly stride?: number
  /** The padding on every side. Default 0. */
  readonly pad?: number
}

/**
 * Builds an untrained graph node by node. Each node reads the node before it. Weights are drawn from a seed: uniform in
 * +-sqrt(6 / fan-in) (He et al. 2015), which suits the ReLU family. Biases and running means are 0, scales and running
 * variances are 1. Nodes are named for their op and position, parameters for their node.
 */
export class GraphBuilder {
  readonly #name: string
  readonly #input: Graph['inputs'][number]
  readonly #nodes: Node[] = []
  readonly #initializers = new Map<string, Tensor<'float32'>>()
  readonly #random: Random
  #output: string

  /** @param input the shape of one sample. */
  constructor(name: string, input: Shape, seed: number) {
    this.#name = name
    this.#input = { name: 'input', shape: input }
    this.#output = 'input'
    // The streams from 0 up order the samples of each epoch.
    this.#random = new Random(seed, -1)
  }

  /** The name of the newest tensor, for `add`. */
  get output(): string {
    return this.#output
  }

  graph(): Graph {
    return {
      name: this.#name,
      inputs: [this.#input],
      output: this.#output,
      nodes: this.#nodes.slice(),
      initializers: new Map(this.#initializers),
    }
  }

  /** @param options.bias default true; set it to false before a BatchNormalization. */
  conv(filters: number, options: Square & { readonly group?: number; readonly bias?: boolean }): this {
    const { group = 1, bias = true } = options
    const shape = [filters, this.#shape()[1] / group, options.kernel, options.kernel]
    return this.#append('Conv', (name) => [
      { ...square(options, 1), group },
      [
        this.#weights(`${name}.weight`, shape, elements(shape.slice(1))),
        ...(bias ? [this.#filled(`${name}.bias`, filters, 0)] : []),
      ],
    ])
  }

  /** A Conv with one filter per channel. */
  depthwise(options: Square & { readonly bias?: boolean }): this {
    const channels = this.#shape()[1]
    return this.conv(channels, { ...options, group: channels })
  }

  gemm(units: number): this {
    const inputs = this.#shape()[1]
    return this.#append('Gemm', (name) => [
      { alpha: 1, beta: 1, transA: false, transB: true },
      [this.#weights(`${name}.weight`, [units, inputs], inputs), this.#filled(`${name}.bias`, units, 0)],
    ])
  }

  batchNormalization(epsilon = 1e-5): this {
    const channels = this.#shape()[1]
    return this.#append('BatchNormalization', (name) => [
      { epsilon },
      [
        this.#filled(`${name}.scale`, channels, 1),
        this.#filled(`${name}.bias`, channels, 0),
        this.#filled(`${name}.mean`, channels, 0),
        this.#filled(`${name}.var`, channels, 1),
      ],
    ])
  }

  relu(): this {
    return this.#append('Relu', () => [null, []])
  }

  clip(min: number, max: number): this {
    return this.#append('Clip', () => [{ min, max }, []])
  }

  /** Adds another tensor of the same shape. */
  add(other: string): this {
    return this.#append('Add', () => [null, [other]])
  }

  maxPool(options: Square): this {
    return this.#append('MaxPool', () => [{ ...square(options, options.kernel), ceilMode: false }, []])
  }

  averagePool(options: Square): this {
    return this.#append('AveragePool', () => [
      { ...square(options, options.kernel), ceilMode: false, countIncludePad: false },
      [],
    ])
  }

  globalAveragePool(): this {
    return this.#append('GlobalAveragePool', () => [null, []])
  }

  flatten(): this {
    return this.#append('Flatten', () => [{ axis: 1 }, []])
  }

  softmax(): this {
    return this.#append('Softmax', () => [{ axis: -1 }, []])
  }

  #append<Op extends Node['op']>(
    op: Op,
    describe: (name: string) => [attributes: Extract<Node, { op: Op }>['attributes'], inputs: string[]],
  ): this {
    const name = `${op.toLowerCase()}_${this.#nodes.length}`
    const [attributes, inputs] = describe(name)
    // The attributes always belong to the op's own node type. The compiler cannot follow this through the union.
    this.#nodes.push({
      op,
      name,
      inputs: [this.#output, ...inputs],
      output: `${name}.output`,
      attributes,
    } as unknown as Node)
    this.#output = `${name}.output`
    return this
  }

  /** The shape of the newest tensor for one sample, with the batch dimension. */
  #shape(): Shape {
    return inferShapes(this.graph(), 1).get(this.#output)!
  }

  #weights(name: string, shape: Shape, fanIn: number): string {
    const bound = Math.sqrt(6 / fanIn)
    const data = new Float32Array(elements(shape))
    for (let i = 0; i < data.length; i++) data[i] = (2 * this.#random.uniform() - 1) * bound
    this.#initializers.set(name, tensor('float32', shape, data))
    return name
  }

  #filled(name: string, length: number, value: number): string {
    this.#initializers.set(name, tensor('float32', [length], new Float32Array(length).fill(value)))
    return name
  }
}

function square({ kernel, stride, pad = 0 }: Square, defaultStride: number): Window {
  const step = stride ?? defaultStride
  return { kernel: [kernel, kernel], strides: [step, step], pads: [pad, pad, pad, pad], dilations: [1, 1] }
}
