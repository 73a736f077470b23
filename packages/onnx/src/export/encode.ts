import { create, toBinary } from '@bufbuild/protobuf'
import { ATTRIBUTE_TYPES, DATA_TYPES } from '../format.ts'
import { ModelProtoSchema } from '../generated/onnx_pb.ts'

/** The opset that is written where no op needs a later one. */
export const OPSET = 14
/** The first opset that a version of the IR, from the 7th on, may not have (ONNX versioning table). */
const OPSETS_PAST_IR: readonly number[] = [15, 19, 21, 23, 24, 25]
const FIRST_IR = 7
/** The version of every domain but ONNX's own. */
const DOMAIN_VERSION = 1n

export type OnnxDType = keyof typeof DATA_TYPES

/** Elements of a tensor in C order, little-endian as typed arrays are. */
export interface OnnxData {
  readonly dtype: OnnxDType
  readonly shape: readonly number[]
  readonly data: ArrayBufferView
}

export interface OnnxTensor extends OnnxData {
  readonly name: string
}

/** An input or output of a graph. */
export interface OnnxValue {
  readonly name: string
  readonly dtype: OnnxDType
  /** A dimension of any size has a name in place of a number. */
  readonly shape: readonly (number | string)[]
}

/** A whole number, a flag, a list of whole numbers, a float, or a string of ASCII. */
export type OnnxAttribute =
  | number
  | boolean
  | readonly number[]
  | { readonly float: number }
  | { readonly string: string }

export interface OnnxNode {
  readonly op: string
  /** A node without a domain is in ONNX's own. */
  readonly domain?: string
  readonly name?: string
  /** Names of tensors; an absent input has the empty name. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>
}

/** A graph of any ops, in ONNX's own terms. */
export interface OnnxGraph {
  /** A graph without a name is called `graph`. */
  readonly name?: string
  /** The opset of ONNX's own domain; 14 where none is given. */
  readonly opset?: number
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxTensor[]
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
}

/**
 * Encodes a graph as an ONNX model with its weights inside the file. The function does not check that the graph is
 * valid.
 */
export function encodeOnnx({
  name = 'graph',
  opset = OPSET,
  nodes,
  initializers,
  inputs,
  outputs,
}: OnnxGraph): Uint8Array {
  const domains = new Set(nodes.flatMap(({ domain }) => domain ?? []))
  const model = create(ModelProtoSchema, {
    irVersion: BigInt(FIRST_IR + OPSETS_PAST_IR.filter((past) => past <= opset).length),
    producerName: 'octet',
    opsetImport: [
      { domain: '', version: BigInt(opset) },
      ...Array.from(domains, (domain) => ({ domain, version: DOMAIN_VERSION })),
    ],
    graph: {
      name,
      node: nodes.map(({ op, inputs, outputs, attributes = {}, ...names }) => ({
        ...names,
        opType: op,
        input: [...inputs],
        output: [...outputs],
        attribute: Object.entries(attributes).map(([name, value]) => attributeOf(name, value)),
      })),
      initializer: initializers.map(({ name, dtype, shape, data }) => ({
        name,
        dataType: DATA_TYPES[dtype],
        dims: shape.map(BigInt),
        rawData: new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength),
      })),
      input: inputs.map(valueOf),
      output: outputs.map(valueOf),
    },
  })
  return toBinary(ModelProtoSchema, model)
}

function attributeOf(name: string, value: OnnxAttribute) {
  if (typeof value === 'number' || typeof value === 'boolean')
    return { name, type: ATTRIBUTE_TYPES.int, i: BigInt(value) }
  if ('float' in value) return { name, type: ATTRIBUTE_TYPES.float, f: value.float }
  return 'string' in value
    ? { name, type: ATTRIBUTE_TYPES.string, s: Uint8Array.from(value.string, (sign) => sign.charCodeAt(0)) }
    : { name, type: ATTRIBUTE_TYPES.ints, ints: value.map(BigInt) }
}

function valueOf({ name, dtype, shape }: OnnxValue) {
  const dim = shape.map((size) =>
    typeof size === 'number'
      ? { value: { case: 'dimValue' as const, value: BigInt(size) } }
      : { value: { case: 'dimParam' as const, value: size } },
  )
  return { name, type: { tensorType: { elemType: DATA_TYPES[dtype], shape: { dim } } } }
}
