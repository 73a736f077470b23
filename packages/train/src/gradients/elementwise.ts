import { elements } from '@octet/core'
import type { Operator, Value } from '@octet/core/training'

type Floats = Float32Array

/** An op that computes each element of y from the same element of x. Both steps loop over `count` elements. */
export function elementwise(
  x: Value,
  y: Value,
  forward: (y: Floats, x: Floats, count: number) => void,
  /** Adds to dx. */
  backward: (dx: Floats, dy: Floats, x: Floats, y: Floats, count: number) => void,
): Operator {
  const size = elements(y.shape)
  return {
    forward: (batch) => forward(y.data, x.data, batch * size),
    backward: (batch) => {
      if (x.grad !== null && y.grad !== null) backward(x.grad, y.grad, x.data, y.data, batch * size)
    },
  }
}
