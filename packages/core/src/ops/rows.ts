import type { Shape } from '../tensor/tensor.ts'
import { bracketed, CONTRADICTION, fail } from './message.ts'
import type { NodeOf } from './spec.ts'

/** A node of a function along one axis. The axis may be counted from the end. */
export type AlongAxis = NodeOf<string, { readonly axis: number }>

/**
 * The axis of a node, counted from 0.
 * @throws OctetError if the shape has no such axis.
 */
export function alongAxis(node: AlongAxis, { length: rank }: Shape): number {
  const { axis } = node.attributes
  if (axis < -rank || axis >= rank) fail(node, `axis ${axis} is outside rank ${rank}`, CONTRADICTION)
  return axis < 0 ? axis + rank : axis
}

/** @throws OctetError if a node of a canonical graph does not work along the last axis of [R,F]. */
export function expectRows(node: AlongAxis, shape: Shape): void {
  if (shape.length !== 2 || alongAxis(node, shape) !== 1)
    fail(
      node,
      `along axis ${node.attributes.axis} of ${bracketed(shape)}, and kernels compute along the last of [R,F]`,
      'make a model of the graph with modelOf, which brings it to that form',
    )
}
