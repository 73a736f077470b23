import {
  fail,
  nameOf,
  Names,
  OctetError,
  quoted,
  type Graph,
  type Node,
  type Shape,
  type Tensor,
} from '@octet/core'
import type { NodeProto } from '../generated/onnx_pb.ts'
import { onnxOp, READERS } from '../ops/list.ts'
import { Attributes } from './attributes.ts'
import type { Constant } from './constant.ts'
import type { Constants } from './constants.ts'
import { MOST_WEIGHTS } from './limits.ts'
import { Shapes } from './shapes.ts'
import { CONTRADICTION, refuse, type Source } from './source.ts'

/** Facts about the model that the reading of a node depends on. */
export interface Context extends Pick<Graph, 'name' | 'inputs'>, Pick<Source, 'fixedBatch' | 'opset'> {}

/** Builds a graph from nodes that arrive in topological order, all of which its output depends on. */
export class GraphBuilder {
  readonly #context: Context
  readonly #constants: Constants
  readonly #shapes: Shapes
  readonly #nodes: Node[] = []
  readonly #weights = new Map<string, Tensor<'float32'>>()
  #weightCount = 0
  readonly #nodeNames = new Names()
  readonly #tensorNames: Names
  /** Tensors that some node or the caller reads. */
  readonly #read: ReadonlySet<string>
  /** The tensor that an output is another name of: the input of Identity, Dropout or a Concat of one tensor. */
  readonly #aliases = new Map<string, string>()

  constructor(context: Context, constants: Constants, nodes: readonly NodeProto[], output: string) {
    this.#context = context
    this.#constants = constants
    this.#shapes = new Shapes(context.inputs)
    this.#read = new Set([...nodes.flatMap(({ input }) => input), output])
    this.#tensorNames = new Names([...this.#read, ...nodes.flatMap(({ output }) => output)])
  }

  add(node: NodeProto): void {
    const source = this.#source(node)
    if (node.domain !== '' && node.domain !== 'ai.onnx')
      refuse(
        source,
        `domain ${quoted(node.domain)} is not supported`,
        'export the model without fusions and custom ops, in the ops of ONNX itself',
      )
    if (source.output === '') refuse(source, 'it has no output', CONTRADICTION)
    const made = this.#convert(source)
    const extra = source.outputs.find((output) => output !== '' && !made.has(output))
    if (extra !== undefined)
      refuse(
        source,
        `its output ${quoted(extra)} is not supported`,
        'export the model without the nodes that read it',
      )
    source.attributes.end()
  }

  finish(output: string): Graph {
    const { name, inputs } = this.#context
    if (this.#nodes.length === 0)
      throw new OctetError(`model ${quoted(name)} computes nothing`, 'give a model with at least one layer')
    const end = this.#resolve(output)
    if (this.#shapes.get(end) === undefined)
      throw new OctetError(`output ${quoted(output)} does not depend on the input`, CONTRADICTION)
    this.#shapes.requireOneRow(this.#nodes.findLast((node) => node.output === end)!)
    return { name, inputs, output: end, nodes: this.#nodes, initializers: this.#weights }
  }

  /** The outputs that the node's reading yields. */
  #convert(source: Source): ReadonlySet<string> {
    const read = READERS.get(source.op)
    if (read === undefined) refuse(source, 'this op is not supported', mendFor(source.op))
    const reading = read(source)
    if ('constant' in reading) this.#constants.set(source.output, reading.constant)
    else if ('same' in reading) this.#aliases.set(source.output, reading.same)
    else for (const node of reading.nodes) this.#append(node)
    return new Set('nodes' in reading ? reading.nodes.map(({ output }) => output) : [source.output])
  }

  #append(node: Node): void {
    const constant = (name: string): Tensor<'float32'> | undefined => {
      if (this.#shapes.get(name) !== undefined) return undefined
      const found = this.#constant(node, name)
      if (found?.kind === 'integer')
        throw new OctetError(
          `${nameOf(node)}: its input ${quoted(name)} holds integers`,
          'give the FP32 model: octet quantizes it',
        )
      return found?.tensor
    }
    this.#shapes.add(node, constant)
    onnxOp(node).check?.(node, {
      input: this.#shapes.get(node.inputs[0]) ?? constant(node.inputs[0])!.shape,
      output: this.#shapes.get(node.output)!,
      lengthOf: (index) =>
        index < node.inputs.length ? constant(node.inputs[index])?.data.length : undefined,
    })
    for (const name of node.inputs) {
      const weights = constant(name)
      if (weights !== undefined) this.#keep(node, name, weights)
    }
    this.#nodes.push(node)
  }

  #keep(node: Node, name: string, weights: Tensor<'float32'>): void {
    this.#weightCount += weights.data.length
    if (this.#weightCount > MOST_WEIGHTS)
      fail(
        node,
        `with it the model's layers have more than ${MOST_WEIGHTS} weights, those that several read counted for each`,
        'export a smaller part of the model',
      )
    if (this.#weights.has(name)) return
    const at = weights.data.findIndex((value) => !Number.isFinite(value))
    if (at >= 0)
      fail(
        node,
        `initializer ${quoted(name)}: element ${at} is ${weights.data[at]}`,
        'export the model from weights that are finite',
      )
    this.#weights.set(name, weights)
  }

  #source(node: NodeProto): Source {
    const output = node.output[0] ?? ''
    const name = this.#nodeNames.fresh(node.name || output)
    const label = { op: node.opType, name }
    return {
      ...label,
      opset: this.#context.opset,
      inputs: node.input.map((input) => this.#resolve(input)),
      output,
      outputs: node.output.map((tensor) => (this.#read.has(tensor) ? tensor : '')),
      attributes: new Attributes(node, nameOf(label)),
      fixedBatch: this.#context.fixedBatch,
      constant: (input) => this.#constant(label, input),
      shape: (input) => this.#shapes.get(input) ?? this.#shapeOfConstant(label, input),
      freshNode: (wanted) => this.#nodeNames.fresh(wanted),
      freshTensor: (wanted) => this.#tensorNames.fresh(wanted),
      freshConstant: (wanted, held) => {
        const name = this.#tensorNames.fresh(wanted)
        this.#constants.set(name, { kind: 'float', tensor: held })
        return name
      },
    }
  }

  #shapeOfConstant(node: Pick<Source, 'op' | 'name'>, input: string): Shape {
    const constant = this.#constant(node, input)
    if (constant === undefined)
      throw new OctetError(
        `${nameOf(node)}: its input ${quoted(input)} is produced by no node`,
        CONTRADICTION,
      )
    return constant.kind === 'float' ? constant.tensor.shape : constant.shape
  }

  /** @throws OctetError naming the node that reads a constant which cannot be read. */
  #constant(node: Pick<Source, 'op' | 'name'>, name: string): Constant | undefined {
    try {
      return this.#constants.get(name)
    } catch (error) {
      if (!(error instanceof OctetError)) throw error
      throw new OctetError(`${nameOf(node)}: ${error.message}`, error.mend)
    }
  }

  #resolve(name: string): string {
    return this.#aliases.get(name) ?? name
  }
}

function mendFor(op: string): string {
  if (op === 'QuantizeLinear' || op === 'DequantizeLinear' || op.startsWith('QLinear'))
    return 'the model is quantized already: give the FP32 model it was made from'
  return `export the model in ops that are: ${[...READERS.keys()].sort().join(', ')}`
}
