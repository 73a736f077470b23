import type { ActivationSpec } from '@octet/core'
import { ARC, ERF, ERFC, SINE, TANH } from '../wgsl/functions.ts'

type Name = ActivationSpec['op']
export type Attribute = 'alpha' | 'beta' | 'gamma' | 'bias' | 'lambd' | 'exponent'

/** A function of one number, as WGSL of v, a vector in float32. */
export interface Formula {
  readonly wgsl: string
  /** The functions that it calls. */
  readonly functions?: readonly string[]
  /** Attributes that are scalars of the shader. */
  readonly attributes?: readonly Attribute[]
  /** The lanes that are NaN besides the lanes in which v is NaN. */
  readonly nan?: string
  /** The lanes that are infinite, with the sign of `sign`. */
  readonly infinite?: { readonly where: string; readonly sign: string }
}

const ZERO = 'vec4<f32>()'
const ONE = 'vec4<f32>(1.0)'
/**
 * exp with its argument limited to the range of float32. For arguments beyond the limit, results are subnormal anyway.
 */
const expOf = (power: string): string => `exp(min(${power}, vec4<f32>(88.0)))`
const NEGATIVE = `v < ${ZERO}`
const INFINITE = 'abs(v) > vec4<f32>(3.4e38)'
const UNIT_ONLY = `abs(v) > ${ONE}`
const EXPM1 = `(exp(min(v, ${ZERO})) - 1.0)`
const ARC_SINE = `2.0 * arcOf(v / (1.0 + sqrt(max((1.0 - v) * (1.0 + v), ${ZERO}))))`

/** Each function's formula, or the function that makes the formula from a spec. */
export const FORMULAS: { readonly [N in Name]: Formula | ((spec: ActivationSpec) => Formula) } = {
  Sigmoid: { wgsl: '1.0 / (1.0 + exp(min(-v, vec4<f32>(88.0))))' },
  HardSigmoid: {
    wgsl: 'clamp(scalars.alpha * v + scalars.beta, vec4<f32>(), vec4<f32>(1.0))',
    attributes: ['alpha', 'beta'],
  },
  HardSwish: { wgsl: 'v * clamp(v + 3.0, vec4<f32>(), vec4<f32>(6.0)) / 6.0' },
  Identity: { wgsl: 'v' },
  Neg: { wgsl: '-v' },
  Abs: { wgsl: 'abs(v)' },
  Sign: { wgsl: 'sign(v)' },
  Floor: { wgsl: 'floor(v)' },
  Ceil: { wgsl: 'ceil(v)' },
  Round: { wgsl: 'round(v)' },
  Reciprocal: { wgsl: '1.0 / v', infinite: { where: `v == ${ZERO}`, sign: 'v' } },
  Sqrt: { wgsl: `sqrt(max(v, ${ZERO}))`, nan: NEGATIVE },
  Power: power,
  Exp: { wgsl: 'exp(v)' },
  Log: {
    wgsl: 'log(abs(v))',
    nan: NEGATIVE,
    infinite: { where: `v == ${ZERO}`, sign: 'vec4<f32>(-1.0)' },
  },
  Tanh: { wgsl: 'tanhOf(v)', functions: [TANH] },
  Erf: { wgsl: 'erfOf(v)', functions: [ERFC, ERF] },
  Gelu: gelu,
  LeakyRelu: { wgsl: `select(v, scalars.alpha * v, ${NEGATIVE})`, attributes: ['alpha'] },
  ThresholdedRelu: { wgsl: `select(${ZERO}, v, v > vec4<f32>(scalars.alpha))`, attributes: ['alpha'] },
  Elu: { wgsl: `select(v, scalars.alpha * ${EXPM1}, ${NEGATIVE})`, attributes: ['alpha'] },
  Selu: {
    wgsl: `scalars.gamma * select(scalars.alpha * ${EXPM1}, v, v > ${ZERO})`,
    attributes: ['alpha', 'gamma'],
  },
  Celu: {
    wgsl: `max(v, ${ZERO}) + min(scalars.alpha * (${expOf('v / scalars.alpha')} - 1.0), ${ZERO})`,
    attributes: ['alpha'],
  },
  Softplus: { wgsl: `max(v, ${ZERO}) + log(1.0 + exp(-abs(v)))` },
  Softsign: { wgsl: 'v / (1.0 + abs(v))' },
  // tanh(ln(1 + e)) is e (e + 2) / (e (e + 2) + 2), and 1 in float32 from v = 20 on.
  Mish: {
    wgsl: 'v * mishGate(exp(min(v, vec4<f32>(20.0))))',
    functions: [
      `
fn mishGate(e: vec4<f32>) -> vec4<f32> { return e * (e + 2.0) / (e * (e + 2.0) + 2.0); }`,
    ],
  },
  Swish: { wgsl: `v / (1.0 + ${expOf('-scalars.alpha * v')})`, attributes: ['alpha'] },
  Shrink: {
    wgsl: `select(${ZERO}, v - sign(v) * scalars.bias, abs(v) > vec4<f32>(scalars.lambd))`,
    attributes: ['bias', 'lambd'],
  },
  Sin: { wgsl: 'sineOf(v, 0)', functions: [SINE], nan: INFINITE },
  Cos: { wgsl: 'sineOf(v, 1)', functions: [SINE], nan: INFINITE },
  Tan: { wgsl: 'sineOf(v, 0) / sineOf(v, 1)', functions: [SINE], nan: INFINITE },
  Asin: { wgsl: ARC_SINE, functions: [ARC], nan: UNIT_ONLY },
  Acos: { wgsl: `1.57079633 - ${ARC_SINE}`, functions: [ARC], nan: UNIT_ONLY },
  Atan: { wgsl: 'arcOf(v)', functions: [ARC] },
  Sinh: { wgsl: '0.5 * (exp(v) - exp(-v))' },
  Cosh: { wgsl: '0.5 * (exp(v) + exp(-v))' },
  Asinh: { wgsl: 'sign(v) * log(abs(v) + sqrt(v * v + 1.0))' },
  Acosh: { wgsl: `log(max(v, ${ONE}) + sqrt((max(v, ${ONE}) - 1.0) * (v + 1.0)))`, nan: `v < ${ONE}` },
  Atanh: {
    wgsl: '0.5 * log((1.0 + v) / (1.0 - v))',
    nan: UNIT_ONLY,
    infinite: { where: `abs(v) == ${ONE}`, sign: 'v' },
  },
}

/**
 * x * Phi(x). Phi comes from the tail on its own side, or from (1 + tanh(u)) / 2 as 1 / (1 + exp(-2u)), so that nothing
 * cancels.
 */
function gelu(spec: ActivationSpec): Formula {
  if ('approximate' in spec && spec.approximate === 'tanh')
    return { wgsl: `v / (1.0 + ${expOf('-1.59576912 * (v + 0.044715 * v * v * v)')})` }
  const tail = '0.5 * erfcOf(min(0.707106781 * abs(v), vec4<f32>(9.0)))'
  return { wgsl: `v * select(1.0 - ${tail}, ${tail}, ${NEGATIVE})`, functions: [ERFC] }
}

/**
 * WGSL's pow takes positive numbers only. For negative numbers, a whole exponent gives the sign, and no other exponent
 * is defined.
 */
function power(spec: ActivationSpec): Formula {
  const exponent = 'exponent' in spec ? Math.fround(spec.exponent) : 1
  if (exponent === 2) return { wgsl: 'v * v' }
  const whole = Number.isInteger(exponent)
  const magnitude = 'pow(max(abs(v), vec4<f32>(1e-38)), vec4<f32>(scalars.exponent))'
  const odd = whole && exponent % 2 !== 0
  const atZero = `v == ${ZERO}`
  return {
    wgsl: `select(${odd ? `sign(v) * ${magnitude}` : magnitude}, ${exponent === 0 ? ONE : ZERO}, ${atZero})`,
    attributes: ['exponent'],
    ...(!whole && { nan: NEGATIVE }),
    ...(exponent < 0 && { infinite: { where: atZero, sign: odd ? 'v' : ONE } }),
  }
}
