import type { FlattenNode, ReshapeNode } from '@octet/core'
import type { Bind } from './bind.ts'
import { elementwise } from './elementwise.ts'

/** The same elements, with another shape per sample. */
export const bindReshape: Bind<FlattenNode | ReshapeNode> = (_, [x], y) =>
  elementwise(
    x,
    y,
    (Y, X, count) => Y.set(X.subarray(0, count)),
    (dx, dy, _X, _Y, count) => {
      for (let i = 0; i < count; i++) dx[i] += dy[i]
    },
  )
