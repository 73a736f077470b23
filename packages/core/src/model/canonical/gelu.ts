import type { Node } from '../../ops/list.ts'
import { areAll, isNear, type Matcher, orders } from './matcher.ts'
import type { Pattern } from './pattern.ts'

/** 0.5 x (1 + erf(x / sqrt(2))), and 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), in any order of factors. */
export const gelu: Pattern = (node, matcher) => {
  const product = matcher.productOf(node)
  if (product === undefined || !isNear(product.constant, 0.5)) return undefined
  for (const [x, gate] of orders(product)) {
    const curve = matcher.plus(gate, 1)
    const approximate = curve === undefined ? undefined : approximationOf(matcher, curve, x)
    if (approximate !== undefined) return { op: 'Gelu', input: x, attributes: { approximate } }
  }
  return undefined
}

type Approximation = Extract<Node, { readonly op: 'Gelu' }>['attributes']['approximate']

function approximationOf(matcher: Matcher, curve: string, x: string): Approximation | undefined {
  const erf = matcher.inner(curve, 'Erf')
  if (erf !== undefined) {
    const argument = matcher.product(erf.inputs[0])
    return areAll(argument, 1, x) && isNear(argument.constant, Math.SQRT1_2) ? 'none' : undefined
  }
  const tanh = matcher.inner(curve, 'Tanh')
  return tanh !== undefined && isCubic(matcher, tanh.inputs[0], x) ? 'tanh' : undefined
}

/** sqrt(2 / pi) (x + 0.044715 x^3), or the same with x factored out. */
function isCubic(matcher: Matcher, name: string, x: string): boolean {
  const { constant, factors } = matcher.product(name)
  if (!isNear(constant, Math.sqrt(2 / Math.PI))) return false
  const isPower = (tensor: string, exponent: number): boolean => {
    const power = matcher.product(tensor)
    return areAll(power, exponent, x) && isNear(power.constant, 0.044715)
  }
  const sum = factors.find((factor) => factor !== x)
  if (sum === undefined) return false
  if (factors.length === 2 && factors.includes(x)) {
    const square = matcher.plus(sum, 1)
    return square !== undefined && isPower(square, 2)
  }
  const terms = matcher.inner(sum, 'Add')?.inputs ?? []
  return factors.length === 1 && terms.includes(x) && terms.some((term) => term !== x && isPower(term, 3))
}
