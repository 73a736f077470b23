import type { OnnxNode, OnnxTensor } from '../encode.ts'
import type { QuantizedGraph } from './write.ts'

/** A quantized graph as rules see it: the node that computes a tensor, and the nodes that read it. */
export class GraphView {
  readonly outputs: ReadonlySet<string>
  /** The nodes of the integer layers. */
  readonly layers: readonly OnnxNode[]
  readonly nodes: readonly OnnxNode[]
  readonly opset: number
  readonly #makers = new Map<string, OnnxNode>()
  readonly #readers = new Map<string, OnnxNode[]>()
  readonly #constants: ReadonlyMap<string, OnnxTensor>

  constructor({ graph, integerNodes }: QuantizedGraph) {
    this.nodes = graph.nodes
    this.opset = graph.opset ?? 0
    this.outputs = new Set(graph.outputs.map(({ name }) => name))
    this.layers = graph.nodes.filter(({ name }) => name !== undefined && integerNodes.has(name))
    this.#constants = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]))
    for (const node of graph.nodes) {
      for (const output of node.outputs) this.#makers.set(output, node)
      for (const input of node.inputs) this.#readers.set(input, [...(this.#readers.get(input) ?? []), node])
    }
  }

  constant(name: string | undefined): OnnxTensor | undefined {
    return name === undefined ? undefined : this.#constants.get(name)
  }

  /** The nodes that read a tensor. A node that reads it twice occurs twice. */
  readersOf(name: string): readonly OnnxNode[] {
    return this.#readers.get(name) ?? []
  }

  /** The node with this op that computes a tensor. */
  madeBy(op: string, name: string): OnnxNode | undefined {
    const maker = this.#makers.get(name)
    return maker?.op === op ? maker : undefined
  }

  /** All nodes of some ops. */
  all(...ops: readonly string[]): readonly OnnxNode[] {
    return this.nodes.filter(({ op }) => ops.includes(op))
  }

  /** For each input of an integer layer, the DequantizeLinear before it, if there is one. */
  dequantizersOf({ inputs }: OnnxNode): readonly (OnnxNode | undefined)[] {
    return inputs.map((input) => this.madeBy('DequantizeLinear', input))
  }

  /** The QuantizeLinear after a layer. */
  quantizerOf({ outputs: [output] }: OnnxNode): OnnxNode | undefined {
    return this.readersOf(output).find(({ op }) => op === 'QuantizeLinear')
  }

  /** The zero point that a QuantizeLinear or DequantizeLinear reads. */
  zeroPointOf(node: OnnxNode | undefined): OnnxTensor | undefined {
    return this.constant(node?.inputs[2])
  }

  /** The scale that a QuantizeLinear or DequantizeLinear reads. */
  scaleOf(node: OnnxNode | undefined): OnnxTensor | undefined {
    return this.constant(node?.inputs[1])
  }
}
