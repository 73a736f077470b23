import { create } from '@bufbuild/protobuf'
import {
  AttributeProtoSchema,
  NodeProtoSchema,
  type AttributeProto,
  type NodeProto,
} from '../../../generated/onnx_pb.ts'
import { ATTRIBUTE_TYPES } from '../../../format.ts'

/** A name like the wanted one that no other tensor has. */
export type Fresh = (wanted: string) => string

/** An op of quantized models as nodes of ONNX's own ops, the last of which yields its outputs. */
export type Expansion = (node: NodeProto, fresh: Fresh) => readonly NodeProto[]

/** Nodes in the place of one, named after it. */
export class Parts {
  readonly nodes: NodeProto[] = []
  readonly #node: NodeProto
  readonly #fresh: Fresh

  constructor(node: NodeProto, fresh: Fresh) {
    this.#node = node
    this.#fresh = fresh
  }

  /** The node's input at a place; '' where it is absent. */
  input(index: number): string {
    return this.#node.input[index] ?? ''
  }

  /**
   * Adds a node that yields a tensor of its own, or the one named; returns it. `part` tells the node from the others.
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

  /** What the integers of an input mean: from its tensor, scale and zero point at these places. */
  dequantized(part: string, [x, scale, zero]: readonly string[], axis?: number): string {
    return this.add('DequantizeLinear', part, [x, scale, zero], axis === undefined ? [] : [int('axis', axis)])
  }

  /** Puts a tensor on the grid of the node's output, which it yields. */
  quantized(x: string, [scale, zero]: readonly string[]): void {
    this.add('QuantizeLinear', 'quantize', [x, scale, zero], [], this.#node.output[0])
  }

  /** The node's attributes less some. */
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
