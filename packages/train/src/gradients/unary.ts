import { activationOf, type ClipNode, type ReluNode, type UnaryNode } from '@octet/core'
import type { Operator, Value } from '@octet/core/training'
import type { Bind } from './bind.ts'
import { elementwise } from './elementwise.ts'

// Relu and Clip do not branch: signs are random, and half the branches would be mispredicted. NaN stays NaN, so that it
// reaches the loss.

/** max(x, 0). The gradient is 0 where x <= 0. */
export const bindRelu: Bind<ReluNode> = (_, [x], y) =>
  elementwise(
    x,
    y,
    (Y, X, count) => {
      for (let i = 0; i < count; i++) {
        const value = X[i]
        Y[i] = (value + Math.abs(value)) / 2
      }
    },
    (dx, dy, _X, Y, count) => {
      for (let i = 0; i < count; i++) dx[i] += dy[i] * Number(Y[i] > 0)
    },
  )

/** x limited to [min, max]. The gradient is 0 on the bounds and outside them. */
export const bindClip: Bind<ClipNode> = ({ attributes }, [x], y) => {
  // An open side becomes a bound that no float32 value passes.
  const min = Math.max(attributes.min, -Number.MAX_VALUE)
  const max = Math.min(attributes.max, Number.MAX_VALUE)
  /** The value itself, the two bounds, and the bound that applies if both are equal. */
  const choice = Float64Array.of(0, min, max, max)
  return elementwise(
    x,
    y,
    (Y, X, count) => {
      for (let i = 0; i < count; i++) {
        const value = X[i]
        choice[0] = value
        Y[i] = choice[Number(value <= min) + 2 * Number(value >= max)]
      }
    },
    (dx, dy, _X, Y, count) => {
      for (let i = 0; i < count; i++) dx[i] += dy[i] * (Number(Y[i] > min) & Number(Y[i] < max))
    },
  )
}

/** 1 / (1 + exp(-x)). */
export const bindSigmoid: Bind<UnaryNode<'Sigmoid'>> = (_, [x], y) =>
  bySlope(x, y, activationOf({ op: 'Sigmoid' }), (_input, output) => output * (1 - output))

/** max(0, min(1, alpha x + beta)). The gradient is 0 on the bounds and outside them. */
export const bindHardSigmoid: Bind<UnaryNode<'HardSigmoid'>> = ({ attributes: { alpha, beta } }, [x], y) =>
  bySlope(x, y, activationOf({ op: 'HardSigmoid', alpha, beta }), (_input, output) =>
    output > 0 && output < 1 ? alpha : 0,
  )

/** x max(0, min(6, x + 3)) / 6. At the kinks, -3 and 3, the gradient is the gradient of the outer side. */
export const bindHardSwish: Bind<UnaryNode<'HardSwish'>> = (_, [x], y) =>
  bySlope(x, y, activationOf({ op: 'HardSwish' }), (input) =>
    input <= -3 ? 0 : input >= 3 ? 1 : (2 * input + 3) / 6,
  )

/** x / (1 + exp(-alpha x)). */
export const bindSwish: Bind<UnaryNode<'Swish'>> = ({ attributes: { alpha } }, [x], y) =>
  bySlope(x, y, activationOf({ op: 'Swish', alpha }), (input) => {
    const gate = 1 / (1 + Math.exp(-alpha * input))
    return gate * (1 + alpha * input * (1 - gate))
  })

/** The forward step equals the reference's, so that fake quantization agrees with the integers' tables. */
function bySlope(
  x: Value,
  y: Value,
  f: (x: number) => number,
  slope: (input: number, output: number) => number,
): Operator {
  return elementwise(
    x,
    y,
    (Y, X, count) => {
      for (let i = 0; i < count; i++) Y[i] = f(X[i])
    },
    (dx, dy, X, Y, count) => {
      for (let i = 0; i < count; i++) dx[i] += dy[i] * slope(X[i], Y[i])
    },
  )
}
