import type { Node } from '@octet/core'
import type { OnnxAttribute } from '../export/encode.ts'
import type { Attributes } from '../import/attributes.ts'
import { refuse, type Source } from '../import/source.ts'
import { base, type NodeOf, type OnnxOp } from './op.ts'

/** An attribute that both ONNX and core have. Reading fills in ONNX's default. Writing always states the value. */
interface Field<Value> {
  readonly name: string
  read(attributes: Attributes): Value
  write(value: Value): OnnxAttribute
}

/** A Field for each attribute of the core node. */
type Fields<Op extends Node['op']> = {
  readonly [Key in keyof NodeOf<Op>['attributes']]: Field<NodeOf<Op>['attributes'][Key]>
}

/** A finite float32. */
export function float(name: string, fallback: number): Field<number> {
  const value = Math.fround(fallback)
  return { name, read: (attributes) => attributes.float(name, value), write: (held) => ({ float: held }) }
}

export function int(name: string, fallback: number): Field<number> {
  return { name, read: (attributes) => attributes.int(name, fallback), write: (held) => held }
}

export function flag(name: string, fallback: boolean): Field<boolean> {
  return { name, read: (attributes) => attributes.flag(name, fallback), write: (held) => held }
}

/** Further requirements of a declared op. */
interface Asked<Op extends Node['op']> {
  /** Refuses a form that core does not compute. */
  readonly require?: (source: Source, attributes: NodeOf<Op>['attributes']) => void
  /** The first opset that has the op. */
  readonly since?: number
}

/**
 * An op with the same attributes in ONNX and in core.
 * @param inputs the smallest and the largest number of inputs
 */
export function declared<Op extends Node['op']>(
  op: Op,
  [least, most]: readonly [least: number, most?: number],
  fields: Fields<Op>,
  { require, since = 0 }: Asked<Op> = {},
): OnnxOp<NodeOf<Op>> {
  const entries = Object.entries<Field<unknown>>(fields)
  return {
    read: (source) => {
      requireOpset(source, since)
      const attributes = Object.fromEntries(
        entries.map(([key, field]) => [key, field.read(source.attributes)]),
      ) as NodeOf<Op>['attributes']
      require?.(source, attributes)
      return { nodes: [{ ...base(source, least, most), op, attributes } as unknown as Node] }
    },
    write: ({ attributes }) => ({
      since,
      attributes: Object.fromEntries(
        entries.map(([key, field]) => [field.name, field.write(attributes![key as keyof typeof attributes])]),
      ),
    }),
  }
}

/** Ops without attributes. */
type PlainOp = Extract<Node, { readonly attributes: null }>['op']

/**
 * An op with this number of inputs and without attributes.
 * @param since the first opset that has the op
 */
export function plain<Op extends PlainOp>(op: Op, inputs: number, since = 0): OnnxOp<NodeOf<Op>> {
  return {
    read: (source) => {
      requireOpset(source, since)
      return { nodes: [{ ...base(source, inputs), op, attributes: null } as Node] }
    },
    write: () => ({ since }),
  }
}

export function requireOpset(source: Source, since: number): void {
  if (source.opset < since)
    refuse(
      source,
      `opset ${source.opset} has no such op, it came with opset ${since}`,
      `convert the model to opset ${since} or later`,
    )
}
