import {
  activationNames,
  inferShapes,
  isWeighted,
  hasIntegers,
  layerOp,
  OctetError,
  yieldedBy,
  type FloatModel,
  type Layer,
  type MixedModel,
  type QuantizedModel,
  type Shape,
} from '@octet/core'
import type { OnnxGraph, OnnxValue } from '../encode.ts'
import { NodeWriter, type FloatType } from '../nodes.ts'
import { boundsLeft, writeBounds } from './clamp.ts'
import { Grids, writeWeights } from './grids.ts'
import { writeNormalization, type RawInput } from './raw.ts'
import type { Target } from './targets.ts'
import { TensorForms, type Form } from './tensors.ts'

/** A model that computes in integers, in float16, or in both. */
export type ExportedModel = FloatModel | QuantizedModel | MixedModel

/** The form of its inputs and outputs. */
export interface Ends {
  /** Inputs that take readings instead of normalized values, by name. */
  readonly raw: ReadonlyMap<string, RawInput>
  /** The type of inputs and outputs. float16 requires that the whole model is float16. */
  readonly io: FloatType
}

/** A model in ONNX's terms, and the names of the nodes of its integer layers. */
export interface QuantizedGraph {
  readonly graph: OnnxGraph
  readonly integerNodes: ReadonlySet<string>
}

/**
 * Writes a model with a QuantizeLinear after every tensor that is stored as integers, and a DequantizeLinear before
 * every reader of it. All runtimes read this form and fuse it into integer layers.
 * @throws OctetError for a model that has no such form.
 */
export function writeQuantized(source: ExportedModel, target: Target, ends: Ends): QuantizedGraph {
  const { graph } = source.model
  const writer = new NodeWriter({
    tensors: [...activationNames(graph), ...graph.initializers.keys()],
    nodes: graph.nodes.map(({ name }) => name),
  })
  const activations = 'activations' in source ? source.activations : new Map<string, never>()
  const grids = new Grids(writer, target)
  const tensors = new TensorForms(writer, grids, activations, graph.initializers)
  const inputs = graph.inputs.map(({ name, shape }): OnnxValue => {
    const raw = ends.raw.get(name)
    if (raw === undefined) tensors.define(name, ends.io, name)
    else tensors.define(name, 'float32', writeNormalization(writer, name, shape, raw))
    return { name, dtype: raw?.dtype ?? ends.io, shape: withBatch(source, shape) }
  })
  const yielded = Array.from(new Set(yieldedBy(graph)))
  const layers = new LayerWriter({ source, target, writer, grids, tensors, io: ends.io }, yielded)
  for (const layer of source.model.layers) layers.write(layer)
  const shapes = inferShapes(graph, 1)
  const outputs = yielded.map((name): OnnxValue => {
    const tensor = tensors.as(ends.io, name, name)
    if (tensor !== name) throw new Error(`output "${name}" was written as "${tensor}"`)
    return { name, dtype: ends.io, shape: withBatch(source, shapes.get(name)!.slice(1)) }
  })
  const { nodes, initializers, opset } = writer
  return {
    graph: { name: graph.name, opset, nodes, initializers, inputs, outputs },
    integerNodes: layers.integerNodes,
  }
}

function withBatch({ model: { graph } }: ExportedModel, shape: Shape): OnnxValue['shape'] {
  return [graph.batch === 'one' ? 1 : 'N', ...shape]
}

/** The type in which a layer computes. */
function formOf(source: ExportedModel, layer: Layer): Form {
  if (source.precision === 'fp16') return 'float16'
  if (source.precision === 'fp32') return 'float32'
  if (source.precision === 'mixed' && source.layers.get(layer.name) === 'fp16') return 'float16'
  return hasIntegers(layer) ? 'integers' : 'float32'
}

interface Parts {
  readonly source: ExportedModel
  readonly target: Target
  readonly writer: NodeWriter
  readonly grids: Grids
  readonly tensors: TensorForms
  readonly io: FloatType
}

class LayerWriter {
  readonly integerNodes = new Set<string>()
  readonly #parts: Parts
  readonly #yielded: ReadonlySet<string>
  /** The names of the graph's nodes, by the tensor that they compute. */
  readonly #names: ReadonlyMap<string, string>

  constructor(parts: Parts, yielded: readonly string[]) {
    this.#parts = parts
    this.#yielded = new Set(yielded)
    this.#names = new Map(parts.source.model.graph.nodes.map(({ name, output }) => [output, name]))
  }

  write(layer: Layer): void {
    const form = formOf(this.#parts.source, layer)
    if (form === 'integers') this.#integers(layer)
    else this.#floats(layer, form)
  }

  #integers(layer: Layer): void {
    const { writer, grids, tensors } = this.#parts
    const { node, output } = layer
    const grid = tensors.grid(output)
    const constants = grids.of(output, grid)
    const bounds = boundsLeft(layer.clamp, grid)
    const inputs = this.#inputs(layer, 'integers')
    const quantized = (floats: string, name: string): string =>
      grids.quantize(floats, writer.fresh(`${name}.quantized`), constants)
    const floats = this.#floatsOf(node.output)
    this.integerNodes.add(node.name)
    if (typeof layerOp(node).clamp === 'function') {
      writeBounds(writer, bounds ?? layer.clamp, {
        name: node.name,
        input: inputs[0],
        output: floats,
        type: 'float32',
      })
      return tensors.define(output, 'integers', quantized(floats, output))
    }
    writer.write(node, { inputs, output: floats })
    if (bounds === undefined) return tensors.define(output, 'integers', quantized(floats, output))
    // The layer without its activation, on the same grid. The activation follows as a separate layer.
    const open = grids.dequantize(
      quantized(floats, node.output),
      writer.fresh(`${node.output}.dequantized`),
      constants,
    )
    const held = this.#floatsOf(output)
    const name = this.#names.get(output)!
    this.integerNodes.add(name)
    writeBounds(writer, bounds, { name, input: open, output: held, type: 'float32' })
    tensors.define(output, 'integers', quantized(held, output))
  }

  #floats(layer: Layer, type: FloatType): void {
    const { writer, tensors, io, target } = this.#parts
    const { node, output, clamp } = layer
    const inputs = this.#inputs(layer, type)
    // An output of the model is a tensor with its own name, in the model's output type.
    const made = type === io ? output : this.#floatsOf(output)
    const isBounded = clamp[0] > -Infinity || clamp[1] < Infinity
    const isBound = typeof layerOp(node).clamp === 'function'
    writer.write(node, { inputs, type, output: isBounded && !isBound ? node.output : made })
    if (isBounded && !isBound)
      writeBounds(writer, clamp, { name: this.#names.get(output)!, input: node.output, output: made, type })
    tensors.define(output, type, made)
    if (target.shielded.includes(node.op)) tensors.shield(output)
  }

  #inputs(layer: Layer, form: Form): string[] {
    const { source, writer, target, tensors } = this.#parts
    const inputs = layer.inputs.map((name) => tensors.readBy(form, name))
    if (!isWeighted(layer)) return inputs
    const [, weight, bias] = layer.node.inputs
    if (form !== 'integers') return [...inputs, tensors.as(form, weight), tensors.as(form, bias)]
    const held = 'weights' in source ? source.weights.get(layer.name) : undefined
    if (held === undefined) throw new OctetError(`layer "${layer.name}" has no integer weights`)
    const grid = tensors.grid(layer.inputs[0])
    return [...inputs, ...writeWeights(writer, { weight, bias }, held, grid, target)]
  }

  /** A name for the floats that a node computes: the tensor's own name, unless an output of the model needs it. */
  #floatsOf(tensor: string): string {
    return this.#yielded.has(tensor) ? this.#parts.writer.fresh(`${tensor}.floats`) : tensor
  }
}
