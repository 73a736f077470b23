import type { Constant } from '../constant.ts'
import { CONTRADICTION, refuse } from '../source.ts'
import { broadcast, broadcastShape } from './moves.ts'
import { given, type Fold, type Folding } from './fold.ts'
import { integersOf, linear, type Linear, made, madeLinear, numbersOf, reshaped, shapeOf } from './values.ts'

type Pair = (a: number, b: number) => number

/** Whether all inputs are whole numbers. Core's own ops compute floats. */
function areIntegers(inputs: readonly (Constant | undefined)[]): boolean {
  return inputs.every((input) => input?.kind === 'integer')
}

/** Two constants in their common broadcast shape. */
function pairOf(folding: Folding): [Constant, Constant] {
  const [a, b] = [given(folding, 0), given(folding, 1)]
  if (a.kind !== b.kind) refuse(folding.source, 'its inputs are of different types', CONTRADICTION)
  const shape = broadcastShape(folding, [shapeOf(a), shapeOf(b)])
  return [broadcast(folding, a, shape), broadcast(folding, b, shape)]
}

function mixed(folding: Folding): never {
  return refuse(
    folding.source,
    'it computes with the size of the batch',
    'export the model for samples one at a time, with a batch of 1',
  )
}

/**
 * Arithmetic of whole numbers. Sums, and products with a number that is the same for every batch, may depend on the
 * batch.
 * @throws OctetError for a result that is no number, as after a division by zero.
 */
function arithmetic(pair: Pair, ofBatch?: (a: Linear, b: Linear) => Linear | undefined): Fold {
  return (folding) => {
    if (!areIntegers(folding.inputs)) return undefined
    return [
      folding.inputs.slice(1).reduce<Constant>(
        (before, next) => {
          const [a, b] = pairOf({ ...folding, inputs: [before, next] })
          return madeLinear('integer', shapeOf(a), (i) => {
            const [left, right] = [linear(a, i), linear(b, i)]
            if (left[1] !== 0 || right[1] !== 0) return ofBatch?.(left, right) ?? mixed(folding)
            const value = pair(left[0], right[0])
            if (Number.isNaN(value)) refuse(folding.source, 'it divides by zero', CONTRADICTION)
            return [value, 0]
          })
        },
        given(folding, 0),
      ),
    ]
  }
}

export const ARITHMETIC: Readonly<Record<string, Fold>> = {
  Add: arithmetic(
    (a, b) => a + b,
    ([a, m], [b, n]) => [a + b, m + n],
  ),
  Sub: arithmetic(
    (a, b) => a - b,
    ([a, m], [b, n]) => [a - b, m - n],
  ),
  Mul: arithmetic(
    (a, b) => a * b,
    ([a, m], [b, n]) => (m === 0 ? [a * b, a * n] : n === 0 ? [a * b, m * b] : undefined),
  ),
  Div: arithmetic(
    (a, b) => (b === 0 ? NaN : Math.trunc(a / b)),
    ([a, m], [b, n]) => (n === 0 && a % b === 0 && m % b === 0 ? [a / b, m / b] : undefined),
  ),
  Mod: (folding) => {
    const truncated = folding.source.attributes.flag('fmod', false)
    return arithmetic((a, b) => {
      const rest = a % b
      return truncated || rest === 0 || Math.sign(rest) === Math.sign(b) ? rest : rest + b
    })(folding)
  },
  Pow: arithmetic((a, b) => Math.trunc(a ** b)),
  Min: arithmetic(Math.min),
  Max: arithmetic(Math.max),
  Sum: arithmetic((a, b) => a + b),
}

/** A comparison of two numbers. Sizes of a batch are at least 1, so they are not negative. */
function comparison(pair: (a: number, b: number) => boolean): Fold {
  return (folding) => {
    const [a, b] = pairOf(folding)
    return [
      made('integer', shapeOf(a), (i) => {
        const [[x, m], [y, n]] = [linear(a, i), linear(b, i)]
        if (m === n) return Number(pair(x, y))
        // Both sides are linear in the batch size. A comparison that holds for one sample and for very many therefore
        // holds for every number of samples.
        const results = [1, 2 ** 31].map((batch) => pair(x + m * batch, y + n * batch))
        const crossing = (y - x) / (m - n)
        return results[0] === results[1] && !(crossing >= 1) ? Number(results[0]) : mixed(folding)
      }),
    ]
  }
}

export const COMPARISONS: Readonly<Record<string, Fold>> = {
  Equal: comparison((a, b) => a === b),
  Greater: comparison((a, b) => a > b),
  GreaterOrEqual: comparison((a, b) => a >= b),
  Less: comparison((a, b) => a < b),
  LessOrEqual: comparison((a, b) => a <= b),
  And: comparison((a, b) => a !== 0 && b !== 0),
  Or: comparison((a, b) => a !== 0 || b !== 0),
  Xor: comparison((a, b) => (a !== 0) !== (b !== 0)),
}

/** An op of one whole number. */
function unary(value: (x: number) => number): Fold {
  return (folding) => {
    const x = given(folding, 0)
    if (x.kind === 'float') return undefined
    if (x.perSample !== undefined) mixed(folding)
    return [integersOf(x.shape, x.values.map(value))]
  }
}

export const UNARY: Readonly<Record<string, Fold>> = {
  Not: unary((x) => Number(x === 0)),
  Neg: unary((x) => -x),
  Abs: unary(Math.abs),
  Sign: unary(Math.sign),
}

/** Selects from two inputs by a condition. Each number keeps its dependence on the batch. */
export const where: Fold = (folding) => {
  const [condition, a, b] = [given(folding, 0), given(folding, 1), given(folding, 2)]
  if (a.kind !== b.kind) refuse(folding.source, 'its inputs are of different types', CONTRADICTION)
  const shape = broadcastShape(folding, [condition, a, b].map(shapeOf))
  const [chosen, yes, no] = [condition, a, b].map((one) => broadcast(folding, one, shape))
  const decided = numbersOf(chosen)
  return [madeLinear(a.kind, shape, (i) => linear(decided[i] === 0 ? no : yes, i))]
}

/** An unchanged constant in its own shape. */
export const same: Fold = (folding) => {
  const x = given(folding, 0)
  return [reshaped(x, shapeOf(x))]
}
