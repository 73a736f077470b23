import type { Node, Shape } from '@octet/core'
import type { OnnxAttribute, OnnxData } from '../export/encode.ts'
import type { Constant } from '../import/constant.ts'
import { operands, type Source } from '../import/source.ts'

export type NodeOf<Op extends Node['op']> = Extract<Node, { readonly op: Op }>

/**
 * What a node of a file becomes: core nodes, the last of which yields its output; a constant; or nothing, where its
 * output is the tensor `same`.
 */
export type Reading =
  | { readonly nodes: readonly Node[] }
  | { readonly constant: Constant }
  | { readonly same: string }

/** @throws OctetError naming the node for a form of the op that core's graph does not have. */
export type Reader = (source: Source) => Reading

/** A core node in opset 14, beside its op, its names and the tensors that it reads. */
export interface Writing {
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>
  /** Constants that are inputs in ONNX and attributes in core, by name and in their order; undefined for an absent one. */
  readonly inputs?: Readonly<Record<string, OnnxData | undefined>>
}

/** What the shapes around a node say. */
export interface Surroundings {
  /** Shape of the node's first input. */
  readonly input: Shape
  readonly output: Shape
  /** Number of elements of a constant input; undefined where the input is absent or computed. */
  readonly lengthOf: (index: number) => number | undefined
}

/** An op of core's graph, read from ONNX and written to ONNX. */
export interface OnnxOp<N extends Node> {
  readonly read: Reader
  /** @throws OctetError for a node that opset 14 has no form of. */
  write(node: N): Writing
  /**
   * Checks what shape inference leaves open: that constants have one value a channel, and that every window and axis
   * has one meaning in all opsets.
   * @throws OctetError naming the node.
   */
  check?(node: N, surroundings: Surroundings): void
  /** How to mend a node that does not keep the batch as the first dimension, and which of its attributes to name. */
  readonly batch?: { readonly mend: string; asked?(node: N): string }
}

/** The parts of a core node that do not depend on its op. @throws OctetError for another number of inputs. */
export function base(source: Source, least: number, most?: number): Pick<Node, 'name' | 'inputs' | 'output'> {
  return { name: source.name, inputs: operands(source, least, most), output: source.output }
}
