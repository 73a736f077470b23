import { bracketed, CONTRADICTION, fail } from '../message.ts'
import type { LayerOp } from '../record.ts'
import type { NodeOf } from '../spec.ts'
import { moving, taking, type MoveSpec } from './move.ts'

/** Selects positions of one axis, counted from 0, by constant indices. */
export type GatherNode = NodeOf<'Gather', { readonly axis: number; readonly indices: readonly number[] }>

export const Gather: LayerOp<GatherNode, MoveSpec> = moving({
  shape: (node, x) => {
    const { axis, indices } = node.attributes
    if (axis < 0 || axis >= x.length) fail(node, `axis ${axis} is outside ${bracketed(x)}`, CONTRADICTION)
    const outside = indices.find((index) => index < 0 || index >= x[axis])
    if (outside !== undefined)
      fail(node, `index ${outside} is outside axis ${axis} of ${bracketed(x)}`, CONTRADICTION)
    return x.with(axis, indices.length)
  },
  offsets: ({ attributes: { axis, indices } }, x) => taking(x, new Map([[axis, indices]])),
})
