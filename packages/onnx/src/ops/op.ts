import { elements, tensor, type Node, type Shape } from '@octet/core'
import type { OnnxAttribute, OnnxData } from '../export/encode.ts'
import type { Constant } from '../import/constant.ts'
import { MOST_ELEMENTS } from '../import/limits.ts'
import { operands, refuse, type Source } from '../import/source.ts'

export type NodeOf<Op extends Node['op']> = Extract<Node, { readonly op: Op }>

/**
 * The result of reading a node of a file: core nodes that compute its used outputs, a constant, or no node if the
 * output is another name of the tensor `same`.
 */
export type Reading = Made | { readonly constant: Constant } | { readonly same: string }

/** The core nodes that replace a node of a file. */
export interface Made {
  readonly nodes: readonly Node[]
}

/** Reads a node of an ONNX op. @throws OctetError that names the node, for a form that core's graph does not have. */
export type Reader = (source: Source) => Reading

/** The parts of an ONNX node that differ from the core node. Names and tensors are the same. */
export interface Writing {
  /** The op, if ONNX has another name for it. */
  readonly op?: string
  /** The first opset that has the op, if it is later than 14. */
  readonly since?: number
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>
  /** Constants that are attributes in core and inputs in ONNX, in their order. Undefined for an absent constant. */
  readonly inputs?: Readonly<Record<string, OnnxData | undefined>>
  /** Whether these constants are float32 regardless of the node's type. */
  readonly float32?: boolean
  /** The indices of inputs that are truth values in ONNX. */
  readonly conditions?: readonly number[]
  /** The output's type in ONNX, if it is not float. */
  readonly yields?: 'integers' | 'truths'
}

/** Sizes around a node. */
export interface Surroundings {
  /** Shape of the node's first input. */
  readonly input: Shape
  readonly output: Shape
  /** Number of elements of a constant input. Undefined if the input is absent or computed. */
  readonly lengthOf: (index: number) => number | undefined
}

/** How an op of core's graph is read from ONNX and written to ONNX. */
export interface OnnxOp<N extends Node> extends WrittenOp<N> {
  readonly read: Reader
}

/** How an op of core's graph is written to ONNX. */
export interface WrittenOp<N extends Node> {
  write(node: N): Writing
  /**
   * Checks conditions that shape inference does not check: constants have one value per channel, and every window and
   * axis has the same meaning in all opsets.
   * @throws OctetError that names the node.
   */
  check?(node: N, surroundings: Surroundings): void
  /**
   * Advice for a node that does not keep the batch as its first dimension, and the attribute that the message names.
   */
  readonly batch?: { readonly mend: string; asked?(node: N): string }
}

/** The parts of a core node that do not depend on its op. @throws OctetError for a wrong number of inputs. */
export function base(source: Source, least: number, most?: number): Pick<Node, 'name' | 'inputs' | 'output'> {
  return { name: source.name, inputs: operands(source, least, most), output: source.output }
}

/** A constant of whole numbers as a constant of floats. Any other tensor stays unchanged. */
export function asFloats(source: Source, name: string): string {
  const held = source.constant(name)
  if (held?.kind !== 'integer') return name
  return source.freshConstant(name, tensor('float32', held.shape, Float32Array.from(held.values)))
}

/** @throws OctetError if a node would make more numbers than Octet holds. */
export function requireRoom(source: Source, sizes: Shape): void {
  const count = elements(sizes)
  if (count > MOST_ELEMENTS)
    refuse(
      source,
      `it needs ${count} numbers, at most ${MOST_ELEMENTS} are made`,
      'make its attributes smaller, or the model take smaller samples',
    )
}

/** Whole numbers as a constant with one axis. */
export function wholes(values: readonly number[]): OnnxData {
  return { dtype: 'int64', shape: [values.length], data: BigInt64Array.from(values, BigInt) }
}
