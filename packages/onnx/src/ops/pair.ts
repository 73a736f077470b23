import { elements, tensor, type Node } from '@octet/core'
import type { FloatConstant } from '../import/constant.ts'
import { CONTRADICTION, operands, refuse, type Source } from '../import/source.ts'
import { Chain } from './chain.ts'
import { asFloats, type NodeOf, type OnnxOp, type Reader, type Reading } from './op.ts'
import { readPower } from './unary.ts'

type Pair = 'Add' | 'Sub' | 'Mul' | 'Div' | 'Pow' | 'Min' | 'Max'

const batch = { mend: 'give its constant no more dimensions than the tensor beside it has' }

/** An elementwise op of two inputs, which may broadcast. */
function binary<Op extends Pair>(op: Op): OnnxOp<NodeOf<Op>> {
  const read: Reader = (source) => {
    const { name, output } = source
    const inputs = operands(source, 2).map((input) => asFloats(source, input))
    return { nodes: [{ op, name, inputs, output, attributes: null }] }
  }
  return { read, write: () => ({}), batch }
}

/**
 * A sum with a constant mask that has some values of -infinity: -infinity there, and the sum elsewhere. Undefined for
 * any other sum.
 */
function masked(source: Source): Reading | undefined {
  const [mask, x] = operands(source, 2).toSorted(
    (a, b) => Number(isMask(source, b)) - Number(isMask(source, a)),
  )
  if (!isMask(source, mask) || source.constant(x) !== undefined) return undefined
  const { tensor: held } = source.constant(mask) as FloatConstant
  const part = (title: string, value: (number: number) => number): string =>
    source.freshConstant(`${mask}.${title}`, tensor('float32', held.shape, held.data.map(value)))
  const chain = new Chain(source)
  const sum = held.data.every((value) => value === 0 || value === -Infinity)
    ? x
    : chain.pair(
        'sum',
        'Add',
        x,
        part('finite', (value) => (value === -Infinity ? 0 : value)),
      )
  const inputs = [part('holds', (value) => Number(value === -Infinity)), chain.number('none', -Infinity), sum]
  chain.add('masked', { op: 'Where', inputs, attributes: null })
  return chain.reading()
}

function isMask(source: Source, name: string): boolean {
  const held = source.constant(name)
  return held?.kind === 'float' && held.tensor.data.includes(-Infinity)
}

/** A quotient of integers is truncated. */
const divided: Reader = (source) => {
  if (source.typeOf(0) === undefined) return binary('Div').read(source)
  const chain = new Chain(source)
  const [a, b] = operands(source, 2).map((input) => asFloats(source, input))
  chain.truncate('quotient', chain.pair('ratio', 'Div', a, b))
  return chain.reading()
}

/** The remainder of a division of integers. It has the sign of the divisor, or of the dividend with `fmod`. */
export const mod: Reader = (source) => {
  const isTruncated = source.attributes.flag('fmod', false)
  if (source.typeOf(0) === undefined)
    refuse(source, 'it divides floats, which float32 does not do exactly', 'export the model without it')
  const chain = new Chain(source)
  const [a, b] = operands(source, 2).map((input) => asFloats(source, input))
  const ratio = chain.pair('ratio', 'Div', a, b)
  const times = isTruncated
    ? chain.truncate('times', ratio)
    : chain.add('times', { op: 'Floor', inputs: [ratio], attributes: null })
  chain.pair('rest', 'Sub', a, chain.pair('whole', 'Mul', times, b))
  return chain.reading()
}

/** Ops on two tensors. Min and Max take any number of tensors. */
export const PAIRS: { readonly [Op in Pair]: OnnxOp<NodeOf<Op>> } = {
  Add: { ...binary('Add'), read: (source) => masked(source) ?? binary('Add').read(source) },
  Sub: binary('Sub'),
  Mul: binary('Mul'),
  Div: { ...binary('Div'), read: divided },
  Pow: { ...binary('Pow'), read: (source) => readPower(source) ?? binary('Pow').read(source) },
  Min: { ...binary('Min'), read: chained('Min') },
  Max: { ...binary('Max'), read: chained('Max') },
}

/** An op with any number of inputs, as a chain of ops with two inputs. */
export function chained(op: 'Add' | 'Min' | 'Max'): Reader {
  return (source) => {
    const { output } = source
    const inputs = source.inputs
      .map((input) => asFloats(source, input))
      .filter((input) => !isIdle(source, op, input))
    if (inputs.length === 0 || inputs.includes('')) refuse(source, 'an input is missing', CONTRADICTION)
    return inputs.length === 1 ? { same: inputs[0] } : { nodes: joined({ ...source, inputs }, op, output) }
  }
}

/**
 * Whether one number is never the maximum (or the minimum), because it is no larger (or no smaller) than all others.
 */
function isIdle(source: Source, op: 'Add' | 'Min' | 'Max', input: string): boolean {
  const held = source.constant(input)
  if (op === 'Add' || held?.kind !== 'float' || elements(held.tensor.shape) !== 1) return false
  return held.tensor.shape.length === 0 && held.tensor.data[0] === (op === 'Min' ? Infinity : -Infinity)
}

/** The sum of all inputs divided by their number. */
export function mean(source: Source): ReturnType<Reader> {
  const { inputs, name, output } = source
  if (inputs.length < 2) return chained('Add')(source)
  const sum = source.freshTensor(`${output}.sum`)
  const count = tensor('float32', [], Float32Array.of(inputs.length))
  const by = source.freshConstant(`${output}.count`, count)
  const over: Node = {
    op: 'Div',
    name: source.freshNode(`${name}.mean`),
    inputs: [sum, by],
    output,
    attributes: null,
  }
  return { nodes: [...joined(source, 'Add', sum), over] }
}

function joined({ name, inputs, ...source }: Source, op: 'Add' | 'Min' | 'Max', output: string): Node[] {
  let before = inputs[0]
  return inputs.slice(1).map((input, i): Node => {
    const isLast = i === inputs.length - 2
    const made = isLast ? output : source.freshTensor(`${output}.part`)
    const pair = [before, input]
    before = made
    const own = isLast ? name : source.freshNode(`${name}.part`)
    return { op, name: own, inputs: pair, output: made, attributes: null }
  })
}

/**
 * x, or slope * x below 0. A single slope makes a LeakyRelu. Otherwise it is the sum of max(x, 0) and slope * min(x,
 * 0). The slope broadcasts to x.
 */
export function pRelu(source: Source): ReturnType<Reader> {
  const [x, slope] = operands(source, 2)
  const { name, output } = source
  const held = source.constant(slope)
  if (held?.kind === 'float' && elements(held.tensor.shape) === 1) {
    const [alpha] = held.tensor.data
    return { nodes: [{ op: 'LeakyRelu', name, inputs: [x], output, attributes: { alpha } }] }
  }
  const [above, below, scaled] = ['above', 'below', 'scaled'].map((part) =>
    source.freshTensor(`${output}.${part}`),
  )
  const part = (title: string): string => source.freshNode(`${name}.${title}`)
  return {
    nodes: [
      { op: 'Relu', name: part('above'), inputs: [x], output: above, attributes: null },
      {
        op: 'Clip',
        name: part('below'),
        inputs: [x],
        output: below,
        attributes: { min: -Infinity, max: 0 },
      },
      { op: 'Mul', name: part('scaled'), inputs: [below, slope], output: scaled, attributes: null },
      { op: 'Add', name, inputs: [above, scaled], output, attributes: null },
    ],
  }
}
