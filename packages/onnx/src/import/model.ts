import { fromBinary } from '@bufbuild/protobuf'
import { bracketed, elements, listed, OctetError, quoted, type Graph, type ValueInfo } from '@octet/core'
import { DATA_TYPES } from '../format.ts'
import {
  ModelProtoSchema,
  type GraphProto,
  type ModelProto,
  type ValueInfoProto,
} from '../generated/onnx_pb.ts'
import { GraphBuilder } from './builder.ts'
import { typeName } from './constant.ts'
import { Constants } from './constants.ts'
import { MOST_DIMENSIONS, MOST_ELEMENTS, MOST_NODES } from './limits.ts'
import { scan } from './scan.ts'
import { nodesBehind, topological } from './wiring.ts'

const OPSETS = [11, 25] as const

/**
 * Reads an FP32 ONNX model (opset 11 to 22) of the ops in core's `Graph`. The importer leaves out nodes and weights
 * that the output does not depend on, whatever they are. The graph's nodes are in topological order with defaults
 * filled in; Constant, Identity and Dropout nodes are not in it; auto_pad is resolved to pads; float16 and double
 * weights become float32. The graph takes a batch of any size, whether or not the file fixes one.
 * @param name for the graph; the file's own where it is left out
 * @throws OctetError naming the node and op when the bytes are not such a model, or one larger than Octet computes.
 */
export function importOnnx(bytes: Uint8Array, name?: string): Graph {
  const model = decode(bytes)
  const opset = opsetOf(model)
  const file = model.graph!
  const constants = new Constants(file)
  const given = new Set([...constants.stored, ...file.input.map((input) => input.name)])
  const end = readOutput(file, given)
  if (given.has(end.name))
    throw new OctetError(
      `output ${quoted(end.name)} is an input or a constant: nothing is computed`,
      'export the model with the tensor that its layers yield as its output',
    )
  const nodes = nodesBehind([end.name], file.node, given)
  if (nodes.length > MOST_NODES)
    throw new OctetError(
      `the model has ${nodes.length} nodes, at most ${MOST_NODES} are computed`,
      'simplify the model, as onnxsim does, or export a smaller part of it',
    )
  const read = new Set(nodes.flatMap(({ input }) => input))
  const { input, fixedBatch } = readInput(
    file.input.filter((value) => read.has(value.name) && !constants.stored.has(value.name)),
  )
  const context = { name: name ?? (file.name || 'model'), inputs: [input], fixedBatch, opset }
  const builder = new GraphBuilder(context, constants, nodes, end.name)
  for (const node of topological(nodes)) builder.add(node)
  requireFloat(end, `output ${quoted(end.name)}`)
  return builder.finish(end.name)
}

function decode(bytes: Uint8Array): ModelProto {
  let model: ModelProto
  try {
    scan(bytes)
    model = fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false })
  } catch (error) {
    if (error instanceof OctetError) throw error
    throw new OctetError(
      'the bytes are not an ONNX model, or the file is cut short',
      'copy the file again, or export the model again',
    )
  }
  if (model.graph === undefined)
    throw new OctetError('the file holds no ONNX graph', 'give a model that was exported as ONNX')
  return model
}

function opsetOf(model: ModelProto): number {
  const entry = model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')
  const opset = Number(entry?.version ?? 0n)
  if (opset < OPSETS[0] || opset > OPSETS[1])
    throw new OctetError(
      `opset ${opset} is not supported`,
      `convert the model to one from ${OPSETS.join(' to ')}`,
    )
  return opset
}

/**
 * The one input that the output depends on and that is not also an initializer (files before IR version 4 list those
 * too).
 */
function readInput(inputs: readonly ValueInfoProto[]): { input: ValueInfo; fixedBatch: number | undefined } {
  if (inputs.length === 0)
    throw new OctetError(
      'the model has no input that its output depends on',
      'export the model with its samples as an input',
    )
  if (inputs.length > 1)
    throw new OctetError(
      `the model has ${inputs.length} inputs (${namesOf(inputs)}): exactly one is supported`,
      'export the model with all of them but the samples as constants',
    )
  const [{ name, type }] = inputs
  const where = `input ${quoted(name)}`
  requireFloat(inputs[0], where)
  const sizes = type?.tensorType?.shape?.dim.map(({ value }) =>
    value.case === 'dimValue' ? Number(value.value) : undefined,
  )
  if (sizes === undefined || sizes.length < 2)
    throw new OctetError(
      `${where}: its shape must have a batch and at least one more dimension`,
      'export the model with a shape for its input, as [N, features] or [N,C,H,W]',
    )
  const [batch, ...shape] = sizes
  const free = shape.findIndex((size) => size === undefined || !(size > 0) || !Number.isSafeInteger(size))
  if (free >= 0)
    throw new OctetError(
      `${where}: dimension ${free + 1} has no fixed size`,
      'export the model with only the batch free',
    )
  const sample = shape as number[]
  if (sample.length > MOST_DIMENSIONS || elements(sample) > MOST_ELEMENTS)
    throw new OctetError(
      `${where}: a sample of ${bracketed(sample)} is more than the ${MOST_ELEMENTS} elements in ${MOST_DIMENSIONS} ` +
        'dimensions that are computed',
      'export the model for smaller samples',
    )
  return {
    input: { name, shape: sample },
    fixedBatch: batch !== undefined && batch > 0 ? batch : undefined,
  }
}

/**
 * The output that no other output depends on. Further outputs are intermediate tensors that tools expose for
 * inspection.
 */
function readOutput(file: GraphProto, given: ReadonlySet<string>): ValueInfoProto {
  const all = [...new Map(file.output.map((output) => [output.name, output])).values()]
  const ends = all.length < 2 ? all : endsOf(all, file, given)
  const [end, ...others] = ends
  if (end === undefined || others.length > 0)
    throw new OctetError(
      `the model has ${all.length} outputs (${namesOf(all)}): exactly one is supported, beside intermediate tensors`,
      'export the model with one output',
    )
  return end
}

function endsOf(
  outputs: readonly ValueInfoProto[],
  { node }: GraphProto,
  given: ReadonlySet<string>,
): readonly ValueInfoProto[] {
  const names = outputs.map(({ name }) => name)
  const read = new Set(nodesBehind(names, node, given).flatMap(({ input }) => input))
  return outputs.filter(({ name }) => !read.has(name))
}

function requireFloat({ type }: ValueInfoProto, where: string): void {
  const elementType = type?.tensorType?.elemType
  const name = elementType === undefined ? 'unknown' : typeName(elementType)
  if (elementType !== DATA_TYPES.float32)
    throw new OctetError(
      `${where}: it must be a float tensor, this is data type ${name}`,
      'export the model with float32 at its input and output',
    )
}

function namesOf(values: readonly ValueInfoProto[]): string {
  return listed(values.map(({ name }) => name))
}
