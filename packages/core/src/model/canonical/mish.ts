import { isNear, type Matcher, orders } from './matcher.ts'
import type { Pattern } from './pattern.ts'

/** Log(1 + Exp(x)). */
export const softplus: Pattern = (node, matcher) => {
  const input = argumentOf(node.op === 'Log' ? node.inputs[0] : undefined, matcher)
  return input === undefined ? undefined : { op: 'Softplus', input, attributes: null }
}

/** x * Tanh(Softplus(x)). The Softplus may be written out. */
export const mish: Pattern = (node, matcher) => {
  const product = matcher.productOf(node)
  if (product === undefined || !isNear(product.constant, 1)) return undefined
  for (const [x, gate] of orders(product)) {
    const within = matcher.inner(gate, 'Tanh')?.inputs[0]
    if (within === undefined) continue
    const argument =
      matcher.inner(within, 'Softplus')?.inputs[0] ??
      argumentOf(matcher.inner(within, 'Log')?.inputs[0], matcher)
    if (argument === x) return { op: 'Mish', input: x, attributes: null }
  }
  return undefined
}

/** The x of 1 + Exp(x). */
function argumentOf(sum: string | undefined, matcher: Matcher): string | undefined {
  const power = sum === undefined ? undefined : matcher.plus(sum, 1)
  return power === undefined ? undefined : matcher.inner(power, 'Exp')?.inputs[0]
}
