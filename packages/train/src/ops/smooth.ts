import {
  activationOf,
  elements,
  type HardSigmoidNode,
  type HardSwishNode,
  type SigmoidNode,
} from '@octet/core'
import type { Bind, Operator, Value } from '../operator.ts'

/** 1 / (1 + exp(-x)). */
export const bindSigmoid: Bind<SigmoidNode> = (_, [x], y) =>
  pointwise(x, y, activationOf({ op: 'Sigmoid' }), (_input, output) => output * (1 - output))

/** max(0, min(1, alpha x + beta)); the gradient is 0 on the bounds and outside them. */
export const bindHardSigmoid: Bind<HardSigmoidNode> = ({ attributes: { alpha, beta } }, [x], y) =>
  pointwise(x, y, activationOf({ op: 'HardSigmoid', alpha, beta }), (_input, output) =>
    output > 0 && output < 1 ? alpha : 0,
  )

/** x max(0, min(6, x + 3)) / 6; at the kinks, -3 and 3, the gradient is that of the outer side. */
export const bindHardSwish: Bind<HardSwishNode> = (_, [x], y) =>
  pointwise(x, y, activationOf({ op: 'HardSwish' }), (input) =>
    input <= -3 ? 0 : input >= 3 ? 1 : (2 * input + 3) / 6,
  )

/**
 * Every element by itself. The forward step is the reference's, so that fake quantization meets the integers' tables.
 */
function pointwise(
  x: Value,
  y: Value,
  f: (x: number) => number,
  slope: (input: number, output: number) => number,
): Operator {
  const size = elements(y.shape)
  return {
    forward(batch) {
      for (let i = 0; i < batch * size; i++) y.data[i] = f(x.data[i])
    },
    backward(batch) {
      const { grad: dx } = x
      const { grad: dy } = y
      if (dx === null || dy === null) return
      for (let i = 0; i < batch * size; i++) dx[i] += dy[i] * slope(x.data[i], y.data[i])
    },
  }
}
