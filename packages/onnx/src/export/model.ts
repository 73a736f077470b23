import { create, toBinary } from '@bufbuild/protobuf'
import { inferShapes, type Graph, type Node, type Shape, type Tensor } from '@octet/core'
import {
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  ValueInfoProtoSchema,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from '../generated/onnx_pb.ts'
import { argumentsOf, attributesOf, type Argument } from './operators.ts'

/** The IR version that goes with opset 14 (ONNX versioning table). */
const IR_VERSION = 7n
const OPSET = 14n
const FLOAT = 1
const INT64 = 7

/**
 * Writes an FP32 graph as an ONNX model: opset 14, batch dimension `N`, weights inside the file.
 * `importOnnx` gives the same graph back, float attributes rounded to float32.
 * @throws OctetError when shapes do not fit or opset 14 cannot say what a node means.
 */
export function exportOnnx(graph: Graph): Uint8Array {
  const output = inferShapes(graph, 1).get(graph.output)!
  const taken = new Set([
    graph.input.name,
    ...graph.initializers.keys(),
    ...graph.nodes.map((node) => node.output),
  ])
  const initializer = [...graph.initializers].map(([name, weights]) => floatTensor(name, weights))
  const node = graph.nodes.map((source) => {
    const names = argumentsOf(source).map((argument) => {
      if (argument.kind === 'absent') return ''
      const name = fresh(`${source.name}.${argument.name}`, taken)
      initializer.push(argumentTensor(name, argument))
      return name
    })
    return nodeProto(source, names)
  })
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: IR_VERSION,
      producerName: 'octet',
      opsetImport: [{ domain: '', version: OPSET }],
      graph: {
        name: graph.name,
        node,
        initializer,
        input: [valueInfo(graph.input.name, graph.input.shape)],
        output: [valueInfo(graph.output, output.slice(1))],
      },
    }),
  )
}

function nodeProto(source: Node, names: readonly string[]): NodeProto {
  const last = names.findLastIndex((name) => name !== '')
  return create(NodeProtoSchema, {
    name: source.name,
    opType: source.op,
    input: [...source.inputs, ...names.slice(0, last + 1)],
    output: [source.output],
    attribute: attributesOf(source),
  })
}

function valueInfo(name: string, shape: Shape): ValueInfoProto {
  const sizes = shape.map((size) =>
    create(TensorShapeProto_DimensionSchema, { value: { case: 'dimValue', value: BigInt(size) } }),
  )
  const batch = create(TensorShapeProto_DimensionSchema, { value: { case: 'dimParam', value: 'N' } })
  return create(ValueInfoProtoSchema, {
    name,
    type: { tensorType: { elemType: FLOAT, shape: { dim: [batch, ...sizes] } } },
  })
}

function argumentTensor(name: string, argument: Exclude<Argument, { kind: 'absent' }>): TensorProto {
  if (argument.kind === 'float')
    return floatTensor(name, { dtype: 'float32', shape: [], data: Float32Array.of(argument.value) })
  const rawData = new Uint8Array(8 * argument.values.length)
  const view = new DataView(rawData.buffer)
  argument.values.forEach((value, i) => view.setBigInt64(8 * i, BigInt(value), true))
  return create(TensorProtoSchema, { name, dataType: INT64, dims: [BigInt(argument.values.length)], rawData })
}

function floatTensor(name: string, { shape, data }: Tensor<'float32'>): TensorProto {
  const rawData = new Uint8Array(4 * data.length)
  const view = new DataView(rawData.buffer)
  data.forEach((value, i) => view.setFloat32(4 * i, value, true))
  return create(TensorProtoSchema, { name, dataType: FLOAT, dims: shape.map(BigInt), rawData })
}

function fresh(wanted: string, taken: Set<string>): string {
  let name = wanted
  for (let count = 2; taken.has(name); count++) name = `${wanted}_${count}`
  taken.add(name)
  return name
}
