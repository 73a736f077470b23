import { OctetError } from '../error.ts'
import { inert } from '../inert.ts'
import type { NodeOf } from './spec.ts'

/** The most characters of a name that a message repeats, and the most names. */
const LONGEST = 80
const MOST_NAMES = 4
const MOST_SIZES = 8

/** A name from a file as messages show it: inert, in quotes, and without the middle of a long name. */
export function quoted(name: string): string {
  return `"${inert(name, LONGEST)}"`
}

/** The form in which messages name a node: `Conv "name"`. */
export function nameOf({ op, name }: { readonly op: string; readonly name: string }): string {
  return `${inert(op, LONGEST)} ${quoted(name)}`
}

/** The first few names, and the number of further names. */
export function listed(names: readonly string[]): string {
  const shown = names
    .slice(0, MOST_NAMES)
    .map((name) => inert(name, LONGEST))
    .join(', ')
  return names.length <= MOST_NAMES ? shown : `${shown} and ${names.length - MOST_NAMES} more`
}

/** The sizes of a shape, or the values of an attribute, in brackets. */
export function bracketed(values: readonly number[]): string {
  const more = values.length <= MOST_SIZES ? '' : `, … ${values.length - MOST_SIZES} more`
  return `[${values.slice(0, MOST_SIZES).join(', ')}${more}]`
}

/** Several shapes. */
export function shapesOf(shapes: readonly (readonly number[])[]): string {
  return shapes.length > 2 ? listed(shapes.map(bracketed)) : shapes.map(bracketed).join(' and ')
}

/** @throws OctetError that names the node, its fault, and the remedy. */
export function fail(node: NodeOf<string, unknown>, why: string, mend: string): never {
  throw new OctetError(`${nameOf(node)}: ${why}`, mend)
}

/** The remedy for a contradiction that no valid model has. */
export const CONTRADICTION = 'the file contradicts itself: check it with onnx.checker and export it again'
