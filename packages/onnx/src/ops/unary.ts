import { quoted, type ActivationSpec } from '@octet/core'
import { CONTRADICTION, operands, refuse, type Source } from '../import/source.ts'
import { declared, float, plain } from './declared.ts'
import type { NodeOf, OnnxOp, Reading, WrittenOp } from './op.ts'

const alpha = (fallback: number) => ({ alpha: float('alpha', fallback) })

/** ONNX computes the function by erf, or by an approximation with tanh. */
const gelu: OnnxOp<NodeOf<'Gelu'>> = declared(
  'Gelu',
  [1],
  {
    approximate: {
      name: 'approximate',
      read: (attributes) => attributes.string('approximate', 'none') as 'none' | 'tanh',
      write: (held) => ({ string: held }),
    },
  },
  {
    since: 20,
    require: (source, { approximate }) => {
      if (approximate !== 'none' && approximate !== 'tanh')
        refuse(source, `approximate ${quoted(approximate)} is not one of none, tanh`, CONTRADICTION)
    },
  },
)

/** A power is ONNX's Pow with a single constant number. */
const power: WrittenOp<NodeOf<'Power'>> = {
  write: ({ attributes: { exponent } }) => ({
    op: 'Pow',
    inputs: { exponent: { dtype: 'float32', shape: [], data: Float32Array.of(exponent) } },
  }),
}

/** Functions of one number, with ONNX's default attributes. */
export const UNARY: {
  readonly [Op in Exclude<ActivationSpec['op'], 'Power' | 'Identity'>]: OnnxOp<NodeOf<Op>>
} & { readonly Power: WrittenOp<NodeOf<'Power'>>; readonly Identity: WrittenOp<NodeOf<'Identity'>> } = {
  Identity: { write: () => ({}) },
  Sigmoid: plain('Sigmoid', 1),
  HardSigmoid: declared('HardSigmoid', [1], { ...alpha(0.2), beta: float('beta', 0.5) }),
  HardSwish: plain('HardSwish', 1, 14),
  Neg: plain('Neg', 1),
  Abs: plain('Abs', 1),
  Sign: plain('Sign', 1, 9),
  Floor: plain('Floor', 1),
  Ceil: plain('Ceil', 1),
  Round: plain('Round', 1, 11),
  Reciprocal: plain('Reciprocal', 1),
  Sqrt: plain('Sqrt', 1),
  Power: power,
  Exp: plain('Exp', 1),
  Log: plain('Log', 1),
  Tanh: plain('Tanh', 1),
  Erf: plain('Erf', 1, 9),
  Gelu: gelu,
  LeakyRelu: declared('LeakyRelu', [1], alpha(0.01)),
  ThresholdedRelu: declared('ThresholdedRelu', [1], alpha(1), { since: 10 }),
  Elu: declared('Elu', [1], alpha(1)),
  Selu: declared('Selu', [1], {
    ...alpha(1.67326319217681884765625),
    gamma: float('gamma', 1.05070102214813232421875),
  }),
  Celu: declared('Celu', [1], alpha(1), { since: 12 }),
  Softplus: plain('Softplus', 1),
  Softsign: plain('Softsign', 1),
  Mish: plain('Mish', 1, 18),
  Swish: declared('Swish', [1], alpha(1), { since: 24 }),
  Shrink: declared('Shrink', [1], { bias: float('bias', 0), lambd: float('lambd', 0.5) }, { since: 9 }),
  Sin: plain('Sin', 1),
  Cos: plain('Cos', 1),
  Tan: plain('Tan', 1),
  Asin: plain('Asin', 1),
  Acos: plain('Acos', 1),
  Atan: plain('Atan', 1),
  Sinh: plain('Sinh', 1, 9),
  Cosh: plain('Cosh', 1, 9),
  Asinh: plain('Asinh', 1, 9),
  Acosh: plain('Acosh', 1, 9),
  Atanh: plain('Atanh', 1, 9),
}

/** A tensor to the power of one constant number of any type. Undefined for any other exponent. */
export function readPower(source: Source): Reading | undefined {
  const { name, output } = source
  const [input, power] = operands(source, 2)
  const held = source.constant(power)
  const values = held?.kind === 'integer' ? held.values : held?.tensor.data
  if (values?.length !== 1) return undefined
  return { nodes: [{ name, op: 'Power', inputs: [input], output, attributes: { exponent: values[0] } }] }
}
