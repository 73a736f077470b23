import { operands } from '../import/source.ts'
import { Chain } from './chain.ts'
import { asFloats, type NodeOf, type OnnxOp, type Reader } from './op.ts'

// Truth values are 1 and 0, as in Cast.

type Comparison = 'Equal' | 'Less' | 'LessOrEqual'

/** Compares numbers of any type. */
function compared(op: Comparison, isTurned: boolean): Reader {
  return (source) => {
    const { name, output } = source
    const inputs = operands(source, 2).map((input) => asFloats(source, input))
    return {
      nodes: [{ op, name, inputs: isTurned ? inputs.toReversed() : inputs, output, attributes: null }],
    }
  }
}

function comparison<Op extends Comparison>(op: Op, since: number): OnnxOp<NodeOf<Op>> {
  return { read: compared(op, false), write: () => ({ since, yields: 'truths' }) }
}

/** Comparisons that core has, by ONNX's names. */
export const COMPARISONS: { readonly [Op in Comparison]: OnnxOp<NodeOf<Op>> } = {
  Equal: comparison('Equal', 11),
  Less: comparison('Less', 9),
  LessOrEqual: comparison('LessOrEqual', 12),
}

/** An op on two truth values. */
function joined(op: 'Min' | 'Max'): Reader {
  return (source) => {
    const { name, output } = source
    const inputs = operands(source, 2).map((input) => asFloats(source, input))
    return { nodes: [{ op, name, inputs, output, attributes: null }] }
  }
}

/** The opposite of a truth value. */
const not: Reader = (source) => {
  const chain = new Chain(source)
  chain.not('not', asFloats(source, operands(source, 1)[0]))
  return chain.reading()
}

const xor: Reader = (source) => {
  const chain = new Chain(source)
  const inputs = operands(source, 2).map((input) => asFloats(source, input))
  chain.not('differ', chain.add('same', { op: 'Equal', inputs, attributes: null }))
  return chain.reading()
}

/** A number that differs from itself. */
const isNaN: Reader = (source) => {
  const chain = new Chain(source)
  const [x] = operands(source, 1)
  chain.not('nan', chain.add('same', { op: 'Equal', inputs: [x, x], attributes: null }))
  return chain.reading()
}

/** The largest finite float32. */
const LARGEST = (2 - 2 ** -23) * 2 ** 127

/** A number beyond all finite numbers, with either sign or only one. */
const isInf: Reader = (source) => {
  const { attributes } = source
  const [x] = operands(source, 1)
  const [above, below] = ['detect_positive', 'detect_negative'].map((name) => attributes.flag(name, true))
  const chain = new Chain(source)
  const beyond = (part: string, input: string): string =>
    chain.add(part, { op: 'Less', inputs: [chain.number('largest', LARGEST), input], attributes: null })
  const each = (op: 'Abs' | 'Neg'): string =>
    chain.add(op.toLowerCase(), { op, inputs: [x], attributes: null })
  if (above && below) beyond('infinite', each('Abs'))
  else if (above) beyond('infinite', x)
  else if (below) beyond('infinite', each('Neg'))
  else chain.add('nothing', { op: 'Less', inputs: [x, x], attributes: null })
  return chain.reading()
}

/** Ops on truth values, and ops that compute them, by ONNX's names. */
export const TRUTHS: Readonly<Record<string, Reader>> = {
  And: joined('Min'),
  Greater: compared('Less', true),
  GreaterOrEqual: compared('LessOrEqual', true),
  IsInf: isInf,
  IsNaN: isNaN,
  Not: not,
  Or: joined('Max'),
  Xor: xor,
}
