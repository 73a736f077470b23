import type { UnaryNode } from '../../ops/unary/unary.ts'
import { isNear, type Matcher, orders } from './matcher.ts'
import type { Pattern } from './pattern.ts'

/** Clip(x + 3, 0, 6) / 6. */
export const hardSigmoid: Pattern = (node, matcher) => {
  const product = matcher.productOf(node)
  if (product?.factors.length !== 1 || !isNear(product.constant, 1 / 6)) return undefined
  const x = rampOf(matcher, product.factors[0])
  const attributes = { alpha: Math.fround(1 / 6), beta: 0.5 }
  return x === undefined ? undefined : { op: 'HardSigmoid', input: x, attributes }
}

/** x * Clip(x + 3, 0, 6) / 6, in any order of factors, and x * HardSigmoid(x) with alpha 1/6 and beta 1/2. */
export const hardSwish: Pattern = (node, matcher) => {
  const product = matcher.productOf(node)
  if (product === undefined) return undefined
  const gated = orders(product).find(([x, gate]) => {
    if (isNear(product.constant, 1 / 6)) return rampOf(matcher, gate) === x
    const sigmoid = isNear(product.constant, 1) ? matcher.inner(gate, 'HardSigmoid') : undefined
    return sigmoid?.inputs[0] === x && isSixth(sigmoid)
  })
  return gated && { op: 'HardSwish', input: gated[0], attributes: null }
}

function isSixth({ attributes: { alpha, beta } }: UnaryNode<'HardSigmoid'>): boolean {
  return Math.fround(alpha) === Math.fround(1 / 6) && beta === 0.5
}

/** The x of Clip(x + 3, 0, 6). The Clip may be written as a Min of a Relu. */
function rampOf(matcher: Matcher, name: string): string | undefined {
  const clip = matcher.inner(name, 'Clip')
  if (clip?.attributes.min === 0 && clip.attributes.max === 6) return matcher.plus(clip.inputs[0], 3)
  const inputs = matcher.inner(name, 'Min')?.inputs
  const bounded = inputs?.find((_, at) => matcher.number(inputs[1 - at]) === 6)
  const relu = bounded === undefined ? undefined : matcher.inner(bounded, 'Relu')
  return relu && matcher.plus(relu.inputs[0], 3)
}
