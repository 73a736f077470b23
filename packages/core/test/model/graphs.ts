import { NO_PADS, type Pads, type Pair } from '../../src/ops/spec.ts'
import type { ConvNode } from '../../src/ops/conv/conv.ts'
import type { Graph } from '../../src/model/graph.ts'
import type { Node } from '../../src/ops/list.ts'
import { tensor, type Shape, type Tensor } from '../../src/tensor/tensor.ts'
import { Random } from '../../src/statistics/random.ts'

/** Builds small graphs for tests: nodes in order, constants as random or given tensors. */
export class GraphBuilder {
  readonly nodes: Node[] = []
  readonly initializers = new Map<string, Tensor<'float32'>>()
  readonly #random: Random

  constructor(seed = 1) {
    this.#random = new Random(seed)
  }

  constant(name: string, shape: Shape, data?: Float32Array): string {
    const count = shape.reduce((a, b) => a * b, 1)
    const values = data ?? Float32Array.from({ length: count }, () => this.#random.uniform() * 2 - 1)
    this.initializers.set(name, tensor('float32', shape, values))
    return name
  }

  add(node: Node): string {
    this.nodes.push(node)
    return node.output
  }

  conv(
    name: string,
    input: string,
    weight: Shape,
    options: {
      strides?: Pair
      pads?: Pads
      group?: number
      data?: Float32Array
      bias?: Float32Array | 'random'
    } = {},
  ): string {
    const inputs = [input, this.constant(`${name}.w`, weight, options.data)]
    if (options.bias !== undefined)
      inputs.push(
        this.constant(`${name}.b`, [weight[0]], options.bias === 'random' ? undefined : options.bias),
      )
    const attributes: ConvNode['attributes'] = {
      kernel: [weight[2], weight[3]],
      strides: options.strides ?? [1, 1],
      pads: options.pads ?? NO_PADS,
      dilations: [1, 1],
      group: options.group ?? 1,
    }
    return this.add({ op: 'Conv', name, inputs, output: `${name}.y`, attributes })
  }

  batchNorm(
    name: string,
    input: string,
    channels: number,
    given?: readonly Float32Array[],
    epsilon = 1e-5,
  ): string {
    const positive = Float32Array.from({ length: channels }, () => 0.5 + this.#random.uniform())
    const parts = ['scale', 'B', 'mean', 'var'].map((part, i) =>
      this.constant(`${name}.${part}`, [channels], given?.[i] ?? (part === 'var' ? positive : undefined)),
    )
    return this.add({
      op: 'BatchNormalization',
      name,
      inputs: [input, ...parts],
      output: `${name}.y`,
      attributes: { epsilon },
    })
  }

  relu(name: string, input: string): string {
    return this.add({ op: 'Relu', name, inputs: [input], output: `${name}.y`, attributes: null })
  }

  gemm(name: string, input: string, outputs: number, inner: number, data?: readonly Float32Array[]): string {
    const w = this.constant(`${name}.w`, [outputs, inner], data?.[0])
    const b = this.constant(`${name}.b`, [outputs], data?.[1])
    const attributes = { alpha: 1, beta: 1, transA: false, transB: true }
    return this.add({ op: 'Gemm', name, inputs: [input, w, b], output: `${name}.y`, attributes })
  }

  flatten(name: string, input: string): string {
    return this.add({ op: 'Flatten', name, inputs: [input], output: `${name}.y`, attributes: { axis: 1 } })
  }

  graph(shape: Shape): Graph {
    const output = this.nodes.at(-1)!.output
    return {
      name: 'test',
      inputs: [{ name: 'x', shape }],
      output,
      nodes: this.nodes,
      initializers: this.initializers,
    }
  }
}
