import { erf, rint } from '../../numerics/index.ts'
import type { Checks, Infinities } from '../record.ts'
import type { SpecOf } from '../spec.ts'

/** Functions of one number, element by element, with their attributes. */
export interface Unary {
  /** x. In integers, it brings values to another grid. */
  readonly Identity: null
  /** 1 / (1 + exp(-x)). */
  readonly Sigmoid: null
  /** max(0, min(1, alpha * x + beta)); ONNX's defaults are 0.2 and 0.5. */
  readonly HardSigmoid: { readonly alpha: number; readonly beta: number }
  /** x * max(0, min(1, x / 6 + 0.5)), of opset 14. */
  readonly HardSwish: null
  readonly Neg: null
  readonly Abs: null
  /** -1, 0 or 1. */
  readonly Sign: null
  readonly Floor: null
  readonly Ceil: null
  /** The nearest integer, ties to even. */
  readonly Round: null
  /** 1 / x. */
  readonly Reciprocal: null
  readonly Sqrt: null
  /** x to a constant power: ONNX's Pow by a constant of one number. */
  readonly Power: { readonly exponent: number }
  readonly Exp: null
  /** The natural logarithm. */
  readonly Log: null
  readonly Tanh: null
  readonly Erf: null
  /** x * Phi(x), of opset 20: with erf, or with its tanh approximation. */
  readonly Gelu: { readonly approximate: 'none' | 'tanh' }
  /** x, or alpha * x below 0. */
  readonly LeakyRelu: { readonly alpha: number }
  /** x, or 0 up to alpha. */
  readonly ThresholdedRelu: { readonly alpha: number }
  /** x, or alpha * (exp(x) - 1) below 0. */
  readonly Elu: { readonly alpha: number }
  /** gamma * x, or gamma * alpha * (exp(x) - 1) up to 0. */
  readonly Selu: { readonly alpha: number; readonly gamma: number }
  /** max(0, x) + min(0, alpha * (exp(x / alpha) - 1)). */
  readonly Celu: { readonly alpha: number }
  /** ln(1 + exp(x)). */
  readonly Softplus: null
  /** x / (1 + |x|). */
  readonly Softsign: null
  /** x * tanh(ln(1 + exp(x))), of opset 18. */
  readonly Mish: null
  /** x / (1 + exp(-alpha * x)), of opset 24. */
  readonly Swish: { readonly alpha: number }
  /** x + bias below -lambd, x - bias above lambd, and 0 between them. */
  readonly Shrink: { readonly bias: number; readonly lambd: number }
  readonly Sin: null
  readonly Cos: null
  readonly Tan: null
  readonly Asin: null
  readonly Acos: null
  readonly Atan: null
  readonly Sinh: null
  readonly Cosh: null
  readonly Asinh: null
  readonly Acosh: null
  readonly Atanh: null
}

/** The definition of one function. */
interface Definition<Attributes> {
  /**
   * The function by float32 steps, each rounded, if kernels compute it that way. Otherwise in float64, rounded to
   * float32 once, and kernels lie within the bound.
   */
  readonly of: (attributes: Attributes) => (x: number) => number
  readonly infinities: Infinities
  readonly bound: Checks<SpecOf<string>>['bound']
  /** The attributes that the conformance kit tries. */
  readonly tried: readonly Attributes[]
  /** The kit's numbers lie in [-range, range). The default range covers the bends of most functions. */
  readonly range?: number
}

const { abs, ceil, exp, expm1, floor, fround, log, log1p, max, min, PI, sign, SQRT2, sqrt, tanh } = Math

type Bound = Exclude<Checks<SpecOf<string>>['bound'], 'exact'>
const relative = (roundings: number): Bound => ({ roundings: () => roundings, of: 'output' })
const toMagnitudes = (roundings: number): Bound => ({ roundings: () => roundings, of: 'magnitudes' })
const toOne = (roundings: number): Bound => ({ roundings: () => roundings, of: 'one' })

/** WGSL's exp has an error of 3 + 2|x| ulp, and the kit's numbers reach 12. */
const BY_EXP = 2 * (3 + 2 * 12) + 12

/** A function without attributes, computed in float64. */
function plain(of: (x: number) => number, infinities: Infinities, bound: Bound | 'exact'): Definition<null> {
  return { of: () => of, infinities, bound, tried: [null] }
}

const softplus = (x: number): number => max(x, 0) + log1p(exp(-abs(x)))

export const FUNCTIONS: { readonly [Op in keyof Unary]: Definition<Unary[Op]> } = {
  Sigmoid: plain((x) => fround(1 / fround(1 + fround(exp(-x)))), 'bounded', relative(BY_EXP)),
  HardSigmoid: {
    of: ({ alpha, beta }) => {
      const [a, b] = [fround(alpha), fround(beta)]
      return (x) => max(0, min(1, fround(fround(a * x) + b)))
    },
    infinities: 'bounded',
    bound: toMagnitudes(12),
    tried: [{ alpha: fround(0.2), beta: 0.5 }],
  },
  HardSwish: plain((x) => fround(fround(x * max(0, min(6, fround(x + 3)))) / 6), 'mixed', toMagnitudes(12)),
  Identity: plain((x) => x, 'kept', 'exact'),
  Neg: plain((x) => -x, 'mixed', 'exact'),
  Abs: plain(abs, 'mixed', 'exact'),
  Sign: plain(sign, 'bounded', 'exact'),
  Floor: plain(floor, 'kept', 'exact'),
  Ceil: plain(ceil, 'kept', 'exact'),
  Round: plain(rint, 'kept', 'exact'),
  Reciprocal: plain((x) => 1 / x, 'bounded', relative(6)),
  Sqrt: plain(sqrt, 'mixed', relative(6)),
  Power: {
    of: ({ exponent }) => {
      const power = fround(exponent)
      return (x) => x ** power
    },
    infinities: 'mixed',
    // exp2(exponent * log2(x)): the argument of exp2 is rounded.
    bound: relative(128),
    tried: [{ exponent: 2 }, { exponent: 0.5 }, { exponent: -1.5 }],
  },
  Exp: plain(exp, 'kept', relative(BY_EXP)),
  Log: plain(log, 'mixed', toOne(16)),
  Tanh: plain(tanh, 'bounded', relative(32)),
  Erf: plain(erf, 'bounded', relative(48)),
  Gelu: {
    of: ({ approximate }) =>
      approximate === 'none'
        ? (x) => (x / 2) * (1 + erf(x / SQRT2))
        : (x) => (x / 2) * (1 + tanh(sqrt(2 / PI) * (x + 0.044715 * x ** 3))),
    infinities: 'mixed',
    bound: toMagnitudes(32),
    tried: [{ approximate: 'none' }, { approximate: 'tanh' }],
  },
  LeakyRelu: {
    of: ({ alpha }) => {
      const slope = fround(alpha)
      return (x) => (x < 0 ? slope * x : x)
    },
    infinities: 'mixed',
    bound: 'exact',
    tried: [{ alpha: fround(0.1) }],
  },
  ThresholdedRelu: {
    of:
      ({ alpha }) =>
      (x) =>
        x <= fround(alpha) ? 0 : x,
    infinities: 'kept',
    bound: 'exact',
    tried: [{ alpha: 1.5 }],
  },
  Elu: {
    of:
      ({ alpha }) =>
      (x) =>
        x < 0 ? fround(alpha) * expm1(x) : x,
    infinities: 'kept',
    bound: toOne(32),
    tried: [{ alpha: 1.5 }],
  },
  Selu: {
    of:
      ({ alpha, gamma }) =>
      (x) =>
        fround(gamma) * (x > 0 ? x : fround(alpha) * expm1(x)),
    infinities: 'mixed',
    bound: toOne(32),
    tried: [{ alpha: fround(1.67326319217681884765625), gamma: fround(1.05070102214813232421875) }],
  },
  Celu: {
    of:
      ({ alpha }) =>
      (x) =>
        max(0, x) + min(0, fround(alpha) * expm1(x / fround(alpha))),
    infinities: 'kept',
    bound: toOne(48),
    tried: [{ alpha: 2 }],
  },
  Softplus: plain(softplus, 'kept', toOne(32)),
  Softsign: plain((x) => x / (1 + abs(x)), 'mixed', relative(12)),
  Mish: plain((x) => x * tanh(softplus(x)), 'mixed', toMagnitudes(BY_EXP)),
  Swish: {
    of:
      ({ alpha }) =>
      (x) =>
        x / (1 + exp(-fround(alpha) * x)),
    infinities: 'mixed',
    bound: toMagnitudes(BY_EXP),
    tried: [{ alpha: 1 }],
  },
  Shrink: {
    of: ({ bias, lambd }) => {
      const [by, limit] = [fround(bias), fround(lambd)]
      return (x) => (x < -limit ? x + by : x > limit ? x - by : abs(x) <= limit ? 0 : x)
    },
    infinities: 'mixed',
    bound: 'exact',
    tried: [{ bias: 0.25, lambd: 1.5 }],
  },
  Sin: plain(Math.sin, 'mixed', toOne(16)),
  Cos: plain(Math.cos, 'mixed', toOne(16)),
  // Near a pole, the cosine in the denominator has few digits.
  Tan: { ...plain(Math.tan, 'mixed', toOne(512)), range: 1.5 },
  Asin: { ...plain(Math.asin, 'mixed', toOne(16)), range: 1 },
  Acos: { ...plain(Math.acos, 'mixed', toOne(16)), range: 1 },
  Atan: plain(Math.atan, 'bounded', toOne(16)),
  Sinh: plain(Math.sinh, 'kept', toOne(BY_EXP)),
  Cosh: plain(Math.cosh, 'mixed', toOne(BY_EXP)),
  Asinh: plain(Math.asinh, 'kept', toOne(16)),
  Acosh: plain(Math.acosh, 'mixed', toOne(512)),
  Atanh: { ...plain(Math.atanh, 'mixed', toOne(64)), range: 1 },
}
