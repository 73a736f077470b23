import {
  elements,
  sameShape,
  type PairNode,
  type ClipNode,
  type FlattenNode,
  type ReluNode,
  type ReshapeNode,
} from '@octet/core'
import type { Operator, Value } from '@octet/core/training'
import type { Arena } from './arena.ts'
import { at, type Bind } from './operator.ts'

export const bindRelu: Bind<ReluNode> = (arena, _, [x], y) => hold(arena, x, y, 0, Infinity)

export const bindClip: Bind<ClipNode> = (arena, { attributes: { min, max } }, [x], y) =>
  hold(arena, x, y, min, max)

/** x limited to bounds. The gradient is 0 at the bounds and outside them. */
function hold({ kernels }: Arena, x: Value, y: Value, lo: number, hi: number): Operator {
  const size = elements(y.shape)
  const [from, to, dx, dy] = [at(x.data), at(y.data), at(x.grad), at(y.grad)]
  return {
    forward: (batch) => kernels.holdForward(to, from, batch * size, lo, hi),
    backward: (batch) => {
      if (dx && dy) kernels.holdBackward(dx, dy, to, batch * size, lo, hi)
    },
  }
}

/** Two activations of one shape. */
export const bindAdd: Bind<PairNode<'Add'>> = ({ kernels }, _, inputs, y) => {
  if (inputs.some(({ batched, shape }) => !batched || !sameShape(shape, y.shape))) return undefined
  const size = elements(y.shape)
  const [to, dy] = [at(y.data), at(y.grad)]
  const [a, b] = inputs.map(({ data }) => at(data))
  const grads = inputs.map(({ grad }) => at(grad))
  return {
    forward: (batch) => kernels.sumTwo(to, a, b, batch * size),
    backward: (batch) => {
      if (dy) for (const grad of grads) if (grad) kernels.addAll(grad, dy, batch * size)
    },
  }
}

/** The same elements with another shape of one sample. */
export const bindReshape: Bind<FlattenNode | ReshapeNode> = ({ kernels }, _, [x], y) => {
  const size = elements(y.shape)
  const [from, to, dx, dy] = [at(x.data), at(y.data), at(x.grad), at(y.grad)]
  return {
    forward: (batch) => kernels.copyAll(to, from, batch * size),
    backward: (batch) => {
      if (dx && dy) kernels.addAll(dx, dy, batch * size)
    },
  }
}
