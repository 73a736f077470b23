import type { Shape } from '../../tensor/tensor.ts'
import { bracketed, CONTRADICTION, fail } from '../message.ts'
import type { LayerOp } from '../record.ts'
import type { NodeOf } from '../spec.ts'
import { moving, taking, type MoveSpec } from './move.ts'

/**
 * Parts of axes, counted from 0, as in ONNX: a negative start or end counts from the axis's end, both are limited to
 * the axis, and a negative step goes backwards.
 */
export type SliceNode = NodeOf<
  'Slice',
  {
    readonly axes: readonly number[]
    readonly starts: readonly number[]
    readonly ends: readonly number[]
    readonly steps: readonly number[]
  }
>

export const Slice: LayerOp<SliceNode, MoveSpec> = moving({
  shape: (node, x) => {
    const { axes, starts, ends, steps } = node.attributes
    if ([starts, ends, steps].some(({ length }) => length !== axes.length) || steps.includes(0))
      fail(node, `starts, ends and steps do not fit axes ${bracketed(axes)}, or a step is 0`, CONTRADICTION)
    const odd = axes.find((axis, i) => axis < 0 || axis >= x.length || axes.indexOf(axis) !== i)
    if (odd !== undefined) fail(node, `axis ${odd} is outside ${bracketed(x)} or named twice`, CONTRADICTION)
    const taken = placesOf(node, x)
    return x.map((size, axis) => taken.get(axis)?.length ?? size)
  },
  offsets: (node, x) => taking(x, placesOf(node, x)),
})

function placesOf({ attributes: { axes, starts, ends, steps } }: SliceNode, x: Shape): Map<number, number[]> {
  return new Map(axes.map((axis, i) => [axis, places(x[axis], starts[i], ends[i], steps[i])]))
}

function places(size: number, start: number, end: number, step: number): number[] {
  const [least, most] = step > 0 ? [0, size] : [-1, size - 1]
  const held = (bound: number): number => Math.min(Math.max(bound < 0 ? bound + size : bound, least), most)
  const [first, last] = [held(start), held(end)]
  return Array.from({ length: Math.max(0, Math.ceil((last - first) / step)) }, (_, i) => first + i * step)
}
