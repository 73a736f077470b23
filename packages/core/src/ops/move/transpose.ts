import { bracketed, CONTRADICTION, fail } from '../message.ts'
import type { LayerOp } from '../record.ts'
import type { NodeOf } from '../spec.ts'
import { moving, straight, type MoveSpec } from './move.ts'

/** Axis a of the output is axis perm[a] of the input. */
export type TransposeNode = NodeOf<'Transpose', { readonly perm: readonly number[] }>

export const Transpose: LayerOp<TransposeNode, MoveSpec> = moving({
  shape: (node, x) => {
    const { perm } = node.attributes
    if (perm.length !== x.length || !x.every((_, axis) => perm.includes(axis)))
      fail(node, `perm ${bracketed(perm)} does not order the axes of ${bracketed(x)}`, CONTRADICTION)
    return perm.map((axis) => x[axis])
  },
  offsets: ({ attributes: { perm } }, x) => perm.map((axis) => straight(x, axis)),
})
