import type { Checks, Infinities } from '../record.ts'
import type { SpecOf } from '../spec.ts'
import { addFixed, mulFixed } from './fixed.ts'
import { byScales, byTables, type IntegerPair } from './integers.ts'

/** The function of an op on two numbers. */
interface Definition {
  /**
   * The function in float64, rounded to float32 once. NaN on either side stays NaN, except that a comparison with it is
   * false.
   */
  readonly f: (a: number, b: number) => number
  readonly infinities: Infinities
  readonly bound: Checks<SpecOf<string>>['bound']
  /** Null if the op is computed in floats only. */
  readonly integers: IntegerPair | null
}

const sum = (a: number, b: number): number => a + b
const product = (a: number, b: number): number => a * b
/** ONNX does not define the power of a NaN. In JavaScript, NaN to the power of 0 is 1. */
const power = (a: number, b: number): number => (Number.isNaN(a) ? a : a ** b)

export type PairName = 'Add' | 'Sub' | 'Mul' | 'Div' | 'Pow' | 'Min' | 'Max' | Comparison
/** Whether a number equals another, is below it, or is not above it: 1 if true, else 0. */
export type Comparison = 'Equal' | 'Less' | 'LessOrEqual'

function comparison(holds: (a: number, b: number) => boolean): Definition {
  return { f: (a, b) => Number(holds(a, b)), infinities: 'bounded', bound: 'exact', integers: null }
}

/** Functions of two numbers, element by element. */
export const FUNCTIONS: { readonly [Op in PairName]: Definition } = {
  Add: { f: sum, infinities: 'summed', bound: 'exact', integers: byScales('int-add', sum, addFixed) },
  Sub: {
    f: (a, b) => a - b,
    infinities: 'mixed',
    bound: 'exact',
    integers: byScales('int-add', sum, addFixed, -1),
  },
  Mul: { f: product, infinities: 'mixed', bound: 'exact', integers: byScales('int-mul', product, mulFixed) },
  Div: {
    f: (a, b) => a / b,
    infinities: 'mixed',
    bound: { roundings: () => 6, of: 'output' },
    integers: null,
  },
  Pow: {
    f: power,
    infinities: 'mixed',
    // exp2(b * log2(a)): the argument of exp2 is rounded.
    bound: { roundings: () => 128, of: 'output' },
    integers: null,
  },
  Min: { f: Math.min, infinities: 'kept', bound: 'exact', integers: byTables(Math.min) },
  Max: { f: Math.max, infinities: 'kept', bound: 'exact', integers: byTables(Math.max) },
  Equal: comparison((a, b) => a === b),
  Less: comparison((a, b) => a < b),
  LessOrEqual: comparison((a, b) => a <= b),
}
