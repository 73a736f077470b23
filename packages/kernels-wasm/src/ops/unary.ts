import { type ActivationSpec, expectConstants } from '@octet/core'
import { floatBits } from '../memory/shelf.ts'
import { elementwise } from './elementwise.ts'
import { type Op, suffixOf } from './op.ts'

type Name = ActivationSpec['op']

/** Functions of one number. int8 goes through the host's table, floats through a kernel. */
export const UNARY: { readonly [N in Name]?: Op<N> } = {
  Sigmoid: unary('sigmoid', 20),
  HardSigmoid: unary('hardSigmoid', 1, ['alpha', 'beta']),
  HardSwish: unary('hardSwish', 1),
  Identity: unary('identity', 1),
  Neg: unary('neg', 1),
  Abs: unary('abs', 1),
  Sign: unary('sign', 4),
  Floor: unary('floor', 1),
  Ceil: unary('ceil', 1),
  Round: unary('round', 1),
  Reciprocal: unary('reciprocal', 2),
  Sqrt: unary('sqrt', 2),
  Power: unary((spec) => ('exponent' in spec && spec.exponent === 2 ? 'square' : 'power'), 40, ['exponent']),
  Exp: unary('exp', 6),
  Log: unary('log', 20),
  Tanh: unary('tanh', 10),
  Erf: unary('erf', 14),
  Gelu: unary((spec) => ('approximate' in spec && spec.approximate === 'tanh' ? 'tanhGelu' : 'gelu'), 12),
  LeakyRelu: unary('leakyRelu', 1, ['alpha']),
  ThresholdedRelu: unary('thresholdedRelu', 1, ['alpha']),
  Elu: unary('elu', 20, ['alpha']),
  Selu: unary('selu', 20, ['alpha', 'gamma']),
  Celu: unary('celu', 20, ['alpha']),
  Softplus: unary('softplus', 40),
  Softsign: unary('softsign', 2),
  Mish: unary('mish', 10),
  Swish: unary('swish', 8, ['alpha']),
  Shrink: unary('shrink', 2, ['bias', 'lambd']),
  Sin: unary('sin', 20),
  Cos: unary('cos', 20),
  Tan: unary('tan', 30),
  Asin: unary('asin', 20),
  Acos: unary('acos', 20),
  Atan: unary('atan', 20),
  Sinh: unary('sinh', 30),
  Cosh: unary('cosh', 30),
  Asinh: unary('asinh', 40),
  Acosh: unary('acosh', 40),
  Atanh: unary('atanh', 40),
}

type Attribute = 'alpha' | 'beta' | 'gamma' | 'bias' | 'lambd' | 'exponent'

/**
 * @param kernel the name of the kernels for floats, without their suffix
 * @param attributes the values of `first` and `second` in `Unary` of assembly/ops/unary.ts
 */
function unary(
  kernel: string | ((spec: ActivationSpec) => string),
  cyclesEach: number,
  attributes: readonly Attribute[] = [],
): Op<Name> {
  return {
    plan(spec, constants, { shelf }) {
      const suffix = suffixOf(spec.inputs[0].dtype)
      if (suffix === 'Int8') {
        const { table } = expectConstants(spec, constants, 'int-table')
        return elementwise(shelf, spec, 'tableInt8', [shelf.put(table), 0, 0])
      }
      const held = spec as Partial<Record<Attribute, number>>
      const [first = 0, second = 0] = attributes.map((name) => held[name])
      const words = [0, floatBits(first), floatBits(second)]
      const name = typeof kernel === 'string' ? kernel : kernel(spec)
      return elementwise(shelf, spec, `${name}${suffix}`, words, undefined, { cyclesEach })
    },
  }
}
