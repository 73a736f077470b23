import { elements, tensor, type Node } from '@octet/core'
import { CONTRADICTION, operands, refuse, type Source } from '../import/source.ts'
import { plain } from './declared.ts'
import type { NodeOf, OnnxOp, Reader } from './op.ts'
import { readPower } from './unary.ts'

type Pair = 'Add' | 'Sub' | 'Mul' | 'Div' | 'Pow' | 'Min' | 'Max'

const batch = { mend: 'give its constant no more dimensions than the tensor beside it has' }

/** An elementwise op of two inputs, which may broadcast. */
function binary<Op extends Pair>(op: Op): OnnxOp<NodeOf<Op>> {
  return { ...plain(op, 2), batch }
}

/** Ops on two tensors; Min and Max take any number of them. */
export const PAIRS: { readonly [Op in Pair]: OnnxOp<NodeOf<Op>> } = {
  Add: binary('Add'),
  Sub: binary('Sub'),
  Mul: binary('Mul'),
  Div: binary('Div'),
  Pow: { ...binary('Pow'), read: (source) => readPower(source) ?? binary('Pow').read(source) },
  Min: { ...binary('Min'), read: chained('Min') },
  Max: { ...binary('Max'), read: chained('Max') },
}

/** An op of any number of inputs: one after the other by an op of two. */
export function chained(op: 'Add' | 'Min' | 'Max'): Reader {
  return (source) => {
    const { output, inputs } = source
    if (inputs.length === 0 || inputs.includes('')) refuse(source, 'an input is missing', CONTRADICTION)
    return inputs.length === 1 ? { same: inputs[0] } : { nodes: joined(source, op, output) }
  }
}

/** The sum of all inputs over their number. */
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
 * x, or slope * x below 0: of one number a LeakyRelu, else the sum of x from 0 up and of slope times x up to 0. The
 * slope broadcasts to x.
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
