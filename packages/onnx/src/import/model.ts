import { fromBinary } from '@bufbuild/protobuf'
import { OctetError, type Graph, type ValueInfo } from '@octet/core'
import {
  ModelProtoSchema,
  type GraphProto,
  type ModelProto,
  type ValueInfoProto,
} from '../generated/onnx_pb.ts'
import { GraphBuilder } from './builder.ts'
import { readConstant, type Constant } from './constant.ts'
import { topological } from './order.ts'
import { verify } from './verify.ts'

const OPSETS = [11, 21] as const
const FLOAT = 1

/**
 * Reads an FP32 ONNX model (opset 11 to 21) of the ops in core's `Graph`. Nodes come out in topological order with
 * defaults filled in; Constant, Identity and Dropout are gone; auto_pad has become pads; float16 and double weights
 * have become float32. The batch is free whether or not the file fixes it.
 * @param name for the graph; the file's own where it is left out
 * @throws OctetError naming the node and op when the bytes are not such a model.
 */
export function importOnnx(bytes: Uint8Array, name?: string): Graph {
  const model = decode(bytes)
  const opset = opsetOf(model)
  const file = model.graph!
  const constants = readInitializers(file)
  const { input, fixedBatch } = readInput(file, constants)
  const builder = new GraphBuilder(
    { name: name ?? (file.name || 'model'), input, fixedBatch, opset },
    constants,
    file,
  )
  for (const node of topological(file.node, new Set([input.name, ...constants.keys()]))) builder.add(node)
  const graph = builder.finish(readOutput(file))
  verify(graph)
  return graph
}

function decode(bytes: Uint8Array): ModelProto {
  let model: ModelProto
  try {
    model = fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false })
  } catch {
    throw new OctetError('the bytes are not an ONNX model, or the file is cut short')
  }
  if (model.graph === undefined) throw new OctetError('the file holds no ONNX graph')
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

function readInitializers(file: GraphProto): Map<string, Constant> {
  if (file.sparseInitializer.length > 0)
    throw new OctetError('the model has sparse initializers', 'save the weights as dense tensors')
  const constants = new Map<string, Constant>()
  for (const proto of file.initializer) {
    const where = `initializer "${proto.name}"`
    if (constants.has(proto.name)) throw new OctetError(`${where} is given twice`)
    constants.set(proto.name, readConstant(proto, where))
  }
  return constants
}

/** The one input that is not also an initializer (files before IR version 4 list those too). */
function readInput(
  file: GraphProto,
  constants: ReadonlyMap<string, Constant>,
): { input: ValueInfo; fixedBatch: number | undefined } {
  const inputs = file.input.filter(({ name }) => !constants.has(name))
  if (inputs.length !== 1)
    throw new OctetError(`the model has ${inputs.length} inputs${names(inputs)}: exactly one is supported`)
  const [{ name, type }] = inputs
  const where = `input "${name}"`
  requireFloat(inputs[0], where)
  const sizes = type?.tensorType?.shape?.dim.map(({ value }) =>
    value.case === 'dimValue' ? Number(value.value) : undefined,
  )
  if (sizes === undefined || sizes.length < 2)
    throw new OctetError(`${where}: its shape must have a batch and at least one more dimension`)
  const [batch, ...shape] = sizes
  const free = shape.findIndex((size) => size === undefined || !(size > 0) || !Number.isSafeInteger(size))
  if (free >= 0)
    throw new OctetError(
      `${where}: dimension ${free + 1} has no fixed size`,
      'export the model with only the batch free',
    )
  return {
    input: { name, shape: shape as number[] },
    fixedBatch: batch !== undefined && batch > 0 ? batch : undefined,
  }
}

/** The output that no node reads on: others beside it are views on what lies between, which tools add to look inside. */
function readOutput(file: GraphProto): string {
  const read = new Set(file.node.flatMap(({ input }) => input))
  const ends = file.output.filter(({ name }) => !read.has(name))
  const [end, ...others] = file.output.length === 1 ? file.output : ends
  if (end === undefined || others.length > 0)
    throw new OctetError(
      `the model has ${file.output.length} outputs${names(file.output)}: exactly one is supported, beside intermediate tensors`,
    )
  requireFloat(end, `output "${end.name}"`)
  return end.name
}

function requireFloat({ type }: ValueInfoProto, where: string): void {
  const elementType = type?.tensorType?.elemType
  if (elementType !== FLOAT)
    throw new OctetError(`${where}: it must be a float tensor, this is data type ${elementType ?? 'unknown'}`)
}

function names(values: readonly ValueInfoProto[]): string {
  return values.length === 0 ? '' : ` (${values.map(({ name }) => name).join(', ')})`
}
