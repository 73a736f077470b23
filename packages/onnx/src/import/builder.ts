import { inferShapes, OctetError, tensor, type Graph, type Node, type Shape, type Tensor } from '@octet/core'
import type { GraphProto, NodeProto } from '../generated/onnx_pb.ts'
import { Attributes } from './attributes.ts'
import type { Constant } from './constant.ts'
import { OPERATORS } from './operators.ts'
import { describe, refuse, type Source } from './source.ts'

/** What nodes are read against. */
export interface Context extends Pick<Graph, 'name' | 'input'>, Pick<Source, 'fixedBatch' | 'opset'> {}

/** Builds a graph from nodes that arrive in topological order. */
export class GraphBuilder {
  readonly #context: Context
  readonly #constants: Map<string, Constant>
  readonly #nodes: Node[] = []
  readonly #nodeNames = new Set<string>()
  readonly #tensorNames: Set<string>
  /** Tensors that some node or the caller reads. */
  readonly #read: ReadonlySet<string>
  /** What Identity, Dropout and a Concat of one tensor pass on, by the name they give it. */
  readonly #aliases = new Map<string, string>()

  constructor(context: Context, constants: Map<string, Constant>, file: GraphProto) {
    this.#context = context
    this.#constants = constants
    this.#read = new Set([...file.node.flatMap(({ input }) => input), ...file.output.map(({ name }) => name)])
    this.#tensorNames = new Set([...this.#read, ...file.node.flatMap(({ output }) => output)])
  }

  add(node: NodeProto): void {
    const source = this.#source(node)
    if (node.domain !== '' && node.domain !== 'ai.onnx')
      refuse(source, `domain "${node.domain}" is not supported`)
    if (source.output === '') refuse(source, 'it has no output')
    const extra = node.output.slice(1).find((output) => output !== '' && this.#read.has(output))
    if (extra !== undefined) refuse(source, `only its first output is supported, "${extra}" is read too`)
    this.#convert(source)
    source.attributes.end()
  }

  finish(output: string): Graph {
    const graph = this.#graph(this.#resolve(output))
    if (graph.nodes.length === 0) throw new OctetError(`model "${this.#context.name}" computes nothing`)
    return graph
  }

  #convert(source: Source): void {
    switch (source.op) {
      case 'Constant':
        this.#constants.set(source.output, constantOf(source))
        return
      case 'Dropout':
        source.attributes.ignore('ratio', 'seed')
        if (source.inputs[2]) refuse(source, 'training_mode must be absent', 'export the model for inference')
        this.#pass(source)
        return
      case 'Identity':
        this.#pass(source)
        return
      case 'Concat':
        if (source.inputs.length > 1) break
        source.attributes.ignore('axis')
        this.#pass(source)
        return
      default:
    }
    const convert = OPERATORS.get(source.op)
    if (convert === undefined) refuse(source, 'this op is not supported', mendFor(source.op))
    this.#nodes.push(...convert(source))
  }

  #pass(source: Source): void {
    if (!source.inputs[0]) refuse(source, 'it has no input')
    this.#aliases.set(source.output, source.inputs[0])
  }

  #source(node: NodeProto): Source {
    const output = node.output[0] ?? ''
    const name = unique(node.name || output, this.#nodeNames)
    return {
      name,
      op: node.opType,
      opset: this.#context.opset,
      inputs: node.input.map((input) => this.#resolve(input)),
      output,
      attributes: new Attributes(node, describe({ op: node.opType, name })),
      fixedBatch: this.#context.fixedBatch,
      constant: (input) => this.#constants.get(input),
      shape: (input) => inferShapes(this.#graph(input), 1).get(input)!,
      freshNode: (wanted) => unique(wanted, this.#nodeNames),
      freshTensor: (wanted) => unique(wanted, this.#tensorNames),
    }
  }

  #resolve(name: string): string {
    return this.#aliases.get(name) ?? name
  }

  /** The nodes so far with the weights they read. */
  #graph(output: string): Graph {
    const initializers = new Map<string, Tensor<'float32'>>()
    for (const node of this.#nodes)
      for (const input of node.inputs) {
        const constant = this.#constants.get(input)
        if (constant?.kind === 'integer')
          throw new OctetError(
            `${describe(node)}: its input "${input}" holds integers`,
            'octet quantizes FP32 models',
          )
        if (constant !== undefined) initializers.set(input, constant.tensor)
      }
    const { name, input } = this.#context
    return { name, input, output, nodes: [...this.#nodes], initializers }
  }
}

/** The wanted name, numbered where it is taken, and taken from now on. */
function unique(wanted: string, taken: Set<string>): string {
  let name = wanted
  for (let count = 2; taken.has(name); count++) name = `${wanted}_${count}`
  taken.add(name)
  return name
}

function constantOf(source: Source): Constant {
  const { attributes } = source
  if (attributes.has('value_float')) return floats([attributes.float('value_float', 0)], [])
  if (attributes.has('value_int'))
    return { kind: 'integer', shape: [], values: [attributes.int('value_int', 0)] }
  const list = attributes.floats('value_floats')
  if (list !== undefined) return floats(list, [list.length])
  const integers = attributes.ints('value_ints')
  if (integers !== undefined) return { kind: 'integer', shape: [integers.length], values: integers }
  return attributes.tensor('value') ?? refuse(source, 'its value is of a kind that is not supported')
}

function floats(values: readonly number[], shape: Shape): Constant {
  return { kind: 'float', tensor: tensor('float32', shape, Float32Array.from(values)) }
}

function mendFor(op: string): string {
  if (op === 'QuantizeLinear' || op === 'DequantizeLinear' || op.startsWith('QLinear'))
    return 'the model is quantized already: give the FP32 model it was made from'
  return `supported are ${[...OPERATORS.keys()].join(', ')}`
}
