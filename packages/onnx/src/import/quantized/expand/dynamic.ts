import { float, int, Parts, type Expansion } from './node.ts'

/**
 * x on the uint8 grid of its own range: y, and the grid's scale and zero point, as tensors with sizes 1. The scale of a
 * tensor of zeros is 1.
 */
export const dynamicQuantizeLinear: Expansion = (node, fresh) => {
  const parts = new Parts(node, fresh)
  const [y, scale = '', zeroPoint = ''] = node.output
  const x = parts.input(0)
  const number = (part: string, value: number): string =>
    parts.add('Constant', part, [], [float('value_float', value)])
  const [zero, one, most] = [number('0', 0), number('1', 1), number('255', 255)]
  const end = (reduce: string, hold: string, part: string): string =>
    parts.add(hold, `${part}0`, [parts.add(reduce, part, [x], [int('keepdims', 1)]), zero])
  const [lo, hi] = [end('ReduceMin', 'Min', 'lo'), end('ReduceMax', 'Max', 'hi')]
  const range = parts.add('Sub', 'range', [hi, lo])
  const some = parts.add('Cast', 'some', [range], [int('to', 9)])
  const named = (name: string): string | undefined => (name === '' ? undefined : name)
  const s = parts.add(
    'Where',
    'scale',
    [some, parts.add('Div', 'step', [range, most]), one],
    [],
    named(scale),
  )
  const below = parts.add('Neg', 'below', [parts.add('Div', 'lowest', [lo, s])])
  const z = parts.add('Round', 'zero', [parts.add('Clip', 'held', [below, zero, most])], [], named(zeroPoint))
  const steps = parts.add('Round', 'rounded', [parts.add('Div', 'steps', [x, s])])
  parts.add('Clip', 'saturated', [parts.add('Add', 'moved', [steps, z]), zero, most], [], y)
  return parts.nodes
}

/** The product in floats of integers A and B with their scales, their zero points, and a bias. */
export const matMulIntegerToFloat: Expansion = (node, fresh) => {
  const parts = new Parts(node, fresh)
  const at = (...indices: readonly number[]): string[] => indices.map((index) => parts.input(index))
  productOf(parts, {
    integers: at(0, 1, 4, 5),
    scales: at(2, 3),
    bias: parts.input(6),
    output: node.output[0],
  })
  return parts.nodes
}

/** The same product for floats A, which are first put on the grid of their range. */
export const dynamicQuantizeMatMul: Expansion = (node, fresh) => {
  const parts = new Parts(node, fresh)
  const [y, s, z] = ['a', 'scale', 'zero'].map((part) => fresh(`${node.output[0]}.${part}`))
  const quantize = { ...node, opType: 'DynamicQuantizeLinear', input: [parts.input(0)], output: [y, s, z] }
  parts.nodes.push(...dynamicQuantizeLinear(quantize, fresh))
  productOf(parts, {
    integers: [y, parts.input(1), z, parts.input(3)],
    scales: [s, parts.input(2)],
    bias: parts.input(4),
    output: node.output[0],
  })
  return parts.nodes
}

interface Product {
  readonly integers: readonly string[]
  readonly scales: readonly string[]
  readonly bias: string
  readonly output: string
}

function productOf(parts: Parts, { integers, scales, bias, output }: Product): void {
  const product = parts.add('MatMulInteger', '', integers)
  const unit = parts.add('Mul', 'unit', scales)
  if (bias === '') parts.add('Mul', 'scaled', [product, unit], [], output)
  else parts.add('Add', 'sum', [parts.add('Mul', 'scaled', [product, unit]), bias], [], output)
}
