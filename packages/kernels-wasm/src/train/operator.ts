import type { Node } from '@octet/core'
import type { Operator, Value } from '@octet/core/training'
import type { Arena } from './arena.ts'

/**
 * The operator of a node whose values' arrays are all in the arena. Undefined if no kernel fits the node, or if its
 * rooms do not fit in the arena.
 */
export type Bind<N extends Node> = (
  arena: Arena,
  node: N,
  inputs: readonly Value[],
  output: Value,
  capacity: number,
) => Operator | undefined

/** The address of an array, or 0 if there is none. */
export function at(array: Float32Array | null | undefined): number {
  return array?.byteOffset ?? 0
}
