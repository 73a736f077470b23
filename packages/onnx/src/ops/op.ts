import { elements, tensor, type Node, type Shape } from '@octet/core'
import type { OnnxAttribute, OnnxData } from '../export/encode.ts'
import type { Constant } from '../import/constant.ts'
import { MOST_ELEMENTS } from '../import/limits.ts'
import { operands, refuse, type Source } from '../import/source.ts'

export type NodeOf<Op extends Node['op']> = Extract<Node, { readonly op: Op }>

/**
 * The result of reading a node of a file: core nodes that yield those of its outputs that are read; a constant; or no
 * node, where the output is the tensor `same` under another name.
 */
export type Reading = Made | { readonly constant: Constant } | { readonly same: string }

/** Core nodes that a node of a file becomes. */
export interface Made {
  readonly nodes: readonly Node[]
}

/** Reads a node of an ONNX op. @throws OctetError naming the node for a form that core's graph does not have. */
export type Reader = (source: Source) => Reading

/** The parts of an ONNX node that differ from the core node: names and tensors are the same. */
export interface Writing {
  /** The op, where ONNX has another name for it. */
  readonly op?: string
  /** The first opset that has the op, where that is later than 14. */
  readonly since?: number
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>
  /** Constants that are attributes in core and inputs in ONNX, in their order; undefined where one is absent. */
  readonly inputs?: Readonly<Record<string, OnnxData | undefined>>
  /** Whether these are float32 whatever the node computes in. */
  readonly float32?: boolean
  /** Places of inputs that ONNX has as truth values. */
  readonly conditions?: readonly number[]
  /** What ONNX has the output as, where that is no float. */
  readonly yields?: 'integers' | 'truths'
}

/** Sizes around a node. */
export interface Surroundings {
  /** Shape of the node's first input. */
  readonly input: Shape
  readonly output: Shape
  /** Number of elements of a constant input; undefined where the input is absent or computed. */
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
   * Checks conditions that shape inference does not: constants have one value a channel, and every window and axis has
   * the same meaning in all opsets.
   * @throws OctetError naming the node.
   */
  check?(node: N, surroundings: Surroundings): void
  /** Advice for a node that does not keep the batch as the first dimension, and the attribute that a message names. */
  readonly batch?: { readonly mend: string; asked?(node: N): string }
}

/** The parts of a core node that do not depend on its op. @throws OctetError for another number of inputs. */
export function base(source: Source, least: number, most?: number): Pick<Node, 'name' | 'inputs' | 'output'> {
  return { name: source.name, inputs: operands(source, least, most), output: source.output }
}

/** A constant of whole numbers as one of floats; any other tensor as it is. */
export function asFloats(source: Source, name: string): string {
  const held = source.constant(name)
  if (held?.kind !== 'integer') return name
  return source.freshConstant(name, tensor('float32', held.shape, Float32Array.from(held.values)))
}

/** @throws OctetError before a node makes more numbers than Octet holds. */
export function requireRoom(source: Source, sizes: Shape): void {
  const count = elements(sizes)
  if (count > MOST_ELEMENTS)
    refuse(
      source,
      `it needs ${count} numbers, at most ${MOST_ELEMENTS} are made`,
      'make its attributes smaller, or the model take smaller samples',
    )
}

/** Whole numbers as a constant of one axis. */
export function wholes(values: readonly number[]): OnnxData {
  return { dtype: 'int64', shape: [values.length], data: BigInt64Array.from(values, BigInt) }
}
