import { bracketed, CONTRADICTION, fail } from '../message.ts'
import type { LayerOp } from '../record.ts'
import type { NodeOf } from '../spec.ts'
import { moving, straight, type MoveSpec } from './move.ts'

/**
 * As in ONNX: shapes are aligned at their ends, a size of 1 in the input is repeated, and a size of 1 in `shape` keeps
 * the input's size.
 */
export type ExpandNode = NodeOf<'Expand', { readonly shape: readonly number[] }>

export const Expand: LayerOp<ExpandNode, MoveSpec> = moving({
  shape: (node, x) => {
    const { shape } = node.attributes
    const rank = Math.max(shape.length, x.length)
    return Array.from({ length: rank }, (_, axis) => {
      const [from, to] = [x[axis - rank + x.length] ?? 1, shape[axis - rank + shape.length] ?? 1]
      if (from !== to && from !== 1 && to !== 1)
        fail(node, `${bracketed(x)} does not expand to ${bracketed(shape)}`, CONTRADICTION)
      return from === 1 ? to : from
    })
  },
  offsets: (node, x) => {
    const shape = Expand.shape(node, [x])
    return shape.map((size, axis) => {
      const from = axis - shape.length + x.length
      return from < 0 || x[from] === 1 ? Array.from({ length: size }, () => 0) : straight(x, from)
    })
  },
})
