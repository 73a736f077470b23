/** Data types of TensorProto (onnx.proto). */
export const ONNX_TYPES = { float32: 1, uint8: 2, int8: 3, float16: 10 } as const
export type OnnxType = keyof typeof ONNX_TYPES

/** Names and shapes of a graph's values. */
export interface OnnxValue {
  readonly name: string
  readonly type: OnnxType
  readonly dims: readonly number[]
}

export interface OnnxTensor extends OnnxValue {
  readonly data: ArrayBufferView
}

/** A node; attributes are integers or lists of integers, which is all that the peers' ops need. */
export interface OnnxNode {
  readonly op: string
  readonly domain?: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxTensor[]
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
}

const OPSET = 17
const ATTRIBUTE_INT = 2
const ATTRIBUTE_INTS = 7

/** A ModelProto of one graph (onnx.proto, IR version 8), as protocol buffers lay it out. */
export function onnxModel({ nodes, initializers, inputs, outputs }: OnnxGraph): Uint8Array {
  const graph = message([
    ...nodes.map((node) => field(1, nodeProto(node))),
    field(2, 'graph'),
    ...initializers.map(({ name, type, dims, data }) =>
      field(
        5,
        message([
          ...dims.map((size) => integer(1, size)),
          integer(2, ONNX_TYPES[type]),
          field(8, name),
          field(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
        ]),
      ),
    ),
    ...inputs.map((input) => field(11, valueProto(input))),
    ...outputs.map((output) => field(12, valueProto(output))),
  ])
  return message([
    integer(1, 8),
    field(7, graph),
    field(8, message([field(1, ''), integer(2, OPSET)])),
    field(8, message([field(1, 'com.microsoft'), integer(2, 1)])),
  ])
}

function nodeProto({ op, domain, inputs, outputs, attributes = {} }: OnnxNode): Uint8Array {
  return message([
    ...inputs.map((input) => field(1, input)),
    ...outputs.map((output) => field(2, output)),
    field(4, op),
    ...Object.entries(attributes).map(([name, value]) =>
      field(
        5,
        typeof value === 'number'
          ? message([field(1, name), integer(3, value), integer(20, ATTRIBUTE_INT)])
          : message([field(1, name), ...value.map((one) => integer(8, one)), integer(20, ATTRIBUTE_INTS)]),
      ),
    ),
    ...(domain === undefined ? [] : [field(7, domain)]),
  ])
}

function valueProto({ name, type, dims }: OnnxValue): Uint8Array {
  const shape = message(dims.map((size) => field(1, integer(1, size))))
  const tensor = message([integer(1, ONNX_TYPES[type]), field(2, shape)])
  return message([field(1, name), field(2, field(1, tensor))])
}

const LENGTH_DELIMITED = 2

/** A field of text or bytes. */
function field(number: number, value: string | Uint8Array): Uint8Array {
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value
  return message([varint(number * 8 + LENGTH_DELIMITED), varint(bytes.length), bytes])
}

/** A field of a whole number from 0 up. */
function integer(number: number, value: number): Uint8Array {
  return message([varint(number * 8), varint(value)])
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.of(...bytes, rest)
    bytes.push((rest % 128) + 128)
  }
}

function message(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts)
}
