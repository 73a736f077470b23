import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf'
import { ATTRIBUTE_TYPES, DATA_TYPES } from '../format.ts'
import { ModelProtoSchema, type TensorProtoSchema } from '../generated/onnx_pb.ts'
import type { Metadata } from '../metadata.ts'

/** The opset of a file whose ops need no later opset. */
export const OPSET = 14
/** For each version of the IR from the 7th, the first opset that it may not have (ONNX versioning table). */
const OPSETS_PAST_IR: readonly number[] = [15, 19, 21, 23, 24, 25]
const FIRST_IR = 7
/** The version of every domain but ONNX's own. */
const DOMAIN_VERSION = 1n
/** The least bytes of a tensor that may lie in another file, and the alignment of its offset. */
const [LEAST_APART, PAGE] = [1024, 4096]
/** TensorProto.DataLocation of a tensor in another file. */
const EXTERNAL = 1

export type OnnxDType = keyof typeof DATA_TYPES

/**
 * Elements of a tensor in C order and little-endian, like typed arrays. int4 elements are two per byte, as in
 * `packInt4`.
 */
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
  /** A dimension of any size has a name instead of a number. */
  readonly shape: readonly (number | string)[]
  readonly doc?: string
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
  /** A node without a domain belongs to ONNX's own domain. */
  readonly domain?: string
  readonly name?: string
  /** Names of tensors. An absent input has the empty name. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>
  readonly doc?: string
}

/** Texts about a model besides its graph. */
export interface OnnxAbout {
  readonly doc?: string
  /** A name in reverse domain order, and a version, both chosen by the model's maker. */
  readonly domain?: string
  readonly version?: bigint
  /** The version of Octet that wrote the model. */
  readonly producerVersion?: string
  readonly metadata?: Metadata
}

/** A graph of any ops, in ONNX's own terms. */
export interface OnnxGraph {
  /** The default name is `graph`. */
  readonly name?: string
  readonly doc?: string
  readonly about?: OnnxAbout
  /** The opset of ONNX's own domain. Default: 14. */
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
export function encodeOnnx(graph: OnnxGraph): Uint8Array {
  return encoded(graph, (tensor) => ({ rawData: bytesOf(tensor) }))
}

/** A model whose larger tensors lie in another file. It has the bytes of both files, the second in parts. */
export interface ApartOnnx {
  readonly model: Uint8Array
  readonly data: readonly Uint8Array[]
}

/**
 * Encodes a graph with its tensors of 1 kB or more in a file `location` beside the model. ONNX has this form for models
 * beyond the 2 GB of one message. Each tensor begins at a multiple of 4096 bytes, so that it can be mapped into memory.
 */
export function encodeOnnxApart(graph: OnnxGraph, location: string): ApartOnnx {
  const data: Uint8Array[] = []
  let end = 0
  const model = encoded(graph, (tensor) => {
    const bytes = bytesOf(tensor)
    if (bytes.length < LEAST_APART) return { rawData: bytes }
    const offset = Math.ceil(end / PAGE) * PAGE
    if (offset > end) data.push(new Uint8Array(offset - end))
    data.push(bytes)
    end = offset + bytes.length
    const range = { location, offset: `${offset}`, length: `${bytes.length}` }
    return {
      dataLocation: EXTERNAL,
      externalData: Object.entries(range).map(([key, value]) => ({ key, value })),
    }
  })
  return { model, data }
}

type TensorBytes = Pick<
  MessageInitShape<typeof TensorProtoSchema>,
  'rawData' | 'dataLocation' | 'externalData'
>

function encoded(
  { name = 'graph', doc, opset = OPSET, about = {}, nodes, initializers, inputs, outputs }: OnnxGraph,
  held: (tensor: OnnxTensor) => TensorBytes,
): Uint8Array {
  const domains = new Set(nodes.flatMap(({ domain }) => domain ?? []))
  const model = create(ModelProtoSchema, {
    irVersion: BigInt(FIRST_IR + OPSETS_PAST_IR.filter((past) => past <= opset).length),
    producerName: 'octet',
    ...(about.producerVersion !== undefined && { producerVersion: about.producerVersion }),
    ...(about.domain !== undefined && { domain: about.domain }),
    ...(about.version !== undefined && { modelVersion: about.version }),
    ...documented(about.doc),
    opsetImport: [
      { domain: '', version: BigInt(opset) },
      ...Array.from(domains, (domain) => ({ domain, version: DOMAIN_VERSION })),
    ],
    graph: {
      name,
      ...documented(doc),
      node: nodes.map(({ op, inputs, outputs, attributes = {}, doc, ...names }) => ({
        ...names,
        ...documented(doc),
        opType: op,
        input: [...inputs],
        output: [...outputs],
        attribute: Object.entries(attributes).map(([name, value]) => attributeOf(name, value)),
      })),
      initializer: initializers.map((tensor) => ({
        name: tensor.name,
        dataType: DATA_TYPES[tensor.dtype],
        dims: tensor.shape.map(BigInt),
        ...held(tensor),
      })),
      input: inputs.map(valueOf),
      output: outputs.map(valueOf),
    },
    metadataProps: (about.metadata ?? []).map(([key, value]) => ({ key, value })),
  })
  return toBinary(ModelProtoSchema, model)
}

function bytesOf({ data }: OnnxTensor): Uint8Array {
  return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)
}

function documented(doc: string | undefined): { docString?: string } {
  return doc === undefined ? {} : { docString: doc }
}

function attributeOf(name: string, value: OnnxAttribute) {
  if (typeof value === 'number' || typeof value === 'boolean')
    return { name, type: ATTRIBUTE_TYPES.int, i: BigInt(value) }
  if ('float' in value) return { name, type: ATTRIBUTE_TYPES.float, f: value.float }
  return 'string' in value
    ? { name, type: ATTRIBUTE_TYPES.string, s: Uint8Array.from(value.string, (sign) => sign.charCodeAt(0)) }
    : { name, type: ATTRIBUTE_TYPES.ints, ints: value.map(BigInt) }
}

function valueOf({ name, dtype, shape, doc }: OnnxValue) {
  const dim = shape.map((size) =>
    typeof size === 'number'
      ? { value: { case: 'dimValue' as const, value: BigInt(size) } }
      : { value: { case: 'dimParam' as const, value: size } },
  )
  return { name, ...documented(doc), type: { tensorType: { elemType: DATA_TYPES[dtype], shape: { dim } } } }
}
