import { create } from '@bufbuild/protobuf'
import {
  AttributeProtoSchema,
  NodeProtoSchema,
  type AttributeProto,
  type NodeProto,
} from '../../../generated/onnx_pb.ts'
import { ATTRIBUTE_TYPES } from '../../../format.ts'

/** Makes a unique tensor name that resembles the wanted name. */
export type Fresh = (wanted: string) => string

/** An op of quantized models as nodes of ONNX's own ops. The last node computes its outputs. */
export type Expansion = (node: NodeProto, fresh: Fresh) => readonly NodeProto[]

/** The nodes that replace a node. They are named after it. */
export class Parts {
  readonly nodes: NodeProto[] = []
  readonly #node: NodeProto
  readonly #fresh: Fresh

  constructor(node: NodeProto, fresh: Fresh) {
    this.#node = node
    this.#fresh = fresh
  }

  /** The node's input at a place, or '' if it is absent. */
  input(index: number): string {
    return this.#node.input[index] ?? ''
  }

  /**
   * Adds a node with a new output tensor, or with the named output, and returns that tensor. `part` distinguishes the
   * node from the others.
   */
  add(
    opType: string,
    part: string,
    input: readonly string[],
    attribute: readonly AttributeProto[] = [],
    output: string = this.#fresh(`${this.#node.output[0]}.${part}`),
  ): string {
    const name = this.#node.name || this.#node.output[0]
    // The op itself keeps the node's name.
    const label = part === '' ? name : `${name}.${part}`
    const present = input.slice(0, input.findLastIndex((one) => one !== '') + 1)
    this.nodes.push(
      create(NodeProtoSchema, {
        opType,
        name: label,
        input: present,
        output: [output],
        attribute: [...attribute],
      }),
    )
    return output
  }

  /** The values of an input's integers, from its tensor, scale and zero point at these places. */
  dequantized(part: string, [x, scale, zero]: readonly string[], axis?: number): string {
    return this.add('DequantizeLinear', part, [x, scale, zero], axis === undefined ? [] : [int('axis', axis)])
  }

  /** Puts a tensor on the grid of the node's output, and makes it that output. */
  quantized(x: string, [scale, zero]: readonly string[]): void {
    this.add('QuantizeLinear', 'quantize', [x, scale, zero], [], this.#node.output[0])
  }

  /** The node's attributes except some. */
  attributes(...without: readonly string[]): AttributeProto[] {
    return this.#node.attribute.filter(({ name }) => !without.includes(name))
  }
}

export function int(name: string, value: number): AttributeProto {
  return create(AttributeProtoSchema, { name, type: ATTRIBUTE_TYPES.int, i: BigInt(value) })
}

export function float(name: string, value: number): AttributeProto {
  return create(AttributeProtoSchema, { name, type: ATTRIBUTE_TYPES.float, f: value })
}
