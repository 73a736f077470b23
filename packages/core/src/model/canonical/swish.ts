import { areAll, isNear, orders } from './matcher.ts'
import type { Pattern } from './pattern.ts'

/** x * Sigmoid(alpha x). */
export const swish: Pattern = (node, matcher) => {
  const product = matcher.productOf(node)
  if (product === undefined || !isNear(product.constant, 1)) return undefined
  for (const [x, gate] of orders(product)) {
    const sigmoid = matcher.inner(gate, 'Sigmoid')
    const argument = sigmoid && matcher.product(sigmoid.inputs[0])
    if (argument !== undefined && areAll(argument, 1, x))
      return { op: 'Swish', input: x, attributes: { alpha: Math.fround(argument.constant) } }
  }
  return undefined
}
