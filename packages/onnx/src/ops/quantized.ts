import { elements, tensor, type Tensor } from '@octet/core'
import { rangeOfType, typeName, type Constant } from '../import/constant.ts'
import { numbersOf, shapeOf } from '../import/fold/values.ts'
import { CONTRADICTION, operands, refuse, type Source } from '../import/source.ts'
import { Chain } from './chain.ts'
import { convolve, readGroup } from './conv.ts'
import { asFloats, type Reader } from './op.ts'
import { readWindows } from './window.ts'

// Ops of models that are quantized already, on whole numbers held as floats: sums of products of them are exact in
// float32 up to 2^24, so the results are those of integers.

const UINT8 = 2

/** A constant of any type as floats, per tensor, or along one axis of a tensor of that rank. */
function numbersAlong(source: Source, input: string, rank: number, axis: number): Tensor<'float32'> {
  const constant = required(source, input)
  const count = elements(shapeOf(constant))
  const at = axis < 0 ? axis + rank : axis
  if (count > 1 && (shapeOf(constant).length !== 1 || !(at >= 0 && at < rank)))
    refuse(source, 'its scales come in blocks', 'quantize the model per tensor or per channel')
  const shape = count === 1 ? [] : Array.from({ length: rank - at }, (_, i) => (i === 0 ? count : 1))
  return tensor('float32', shape, Float32Array.from(numbersOf(constant)))
}

function required(source: Source, input: string): Constant {
  return (
    source.constant(input) ??
    refuse(
      source,
      'its scales and zero points must be constants',
      'give the FP32 model that it was made from: octet quantizes it',
    )
  )
}

/** The node's input less its zero point. */
function shifted(chain: Chain, source: Source, input: string, zero: string, axis = 0): string {
  if (zero === '') return input
  const points = numbersAlong(source, zero, source.shape(input).length, axis)
  if (points.data.every((point) => point === 0)) return input
  return chain.add('shifted', {
    op: 'Sub',
    inputs: [input, source.freshConstant(zero, points)],
    attributes: null,
  })
}

/** Rounds to whole numbers, ties to even, adds the zero point and saturates at the bounds of its type. */
function saturated(chain: Chain, source: Source, input: string, zero: string, axis: number): void {
  const held = zero === '' ? undefined : required(source, zero)
  const type = held === undefined ? UINT8 : held.kind === 'integer' ? (held.type ?? 0) : 0
  const range = rangeOfType(type)
  if (range === undefined)
    refuse(source, `it quantizes to ${typeName(type)}`, 'quantize the model to 8 or 16 bits')
  const rounded = chain.add('rounded', { op: 'Round', inputs: [input], attributes: null })
  let end = rounded
  if (zero !== '') {
    const points = numbersAlong(source, zero, source.shape(source.inputs[0]).length, axis)
    if (points.data.some((point) => point !== 0))
      end = chain.add('moved', {
        op: 'Add',
        inputs: [rounded, source.freshConstant(zero, points)],
        attributes: null,
      })
  }
  chain.add('saturated', { op: 'Clip', inputs: [end], attributes: { min: range[0], max: range[1] } })
}

export const quantizeLinear: Reader = (source) => {
  const [x, scale, zero = ''] = operands(source, 2, 3)
  const axis = source.attributes.int('axis', 1)
  source.attributes.ignore('saturate')
  const chain = new Chain(source)
  const steps = source.freshConstant(scale, numbersAlong(source, scale, source.shape(x).length, axis))
  saturated(
    chain,
    source,
    chain.add('steps', { op: 'Div', inputs: [x, steps], attributes: null }),
    zero,
    axis,
  )
  return chain.reading()
}

export const dequantizeLinear: Reader = (source) => {
  const [x, scale, zero = ''] = operands(source, 2, 3)
  const axis = source.attributes.int('axis', 1)
  const chain = new Chain(source)
  const held = asFloats(source, x)
  const steps = source.freshConstant(scale, numbersAlong(source, scale, source.shape(held).length, axis))
  chain.add('scaled', {
    op: 'Mul',
    inputs: [shifted(chain, source, held, zero, axis), steps],
    attributes: null,
  })
  return chain.reading()
}

export const convInteger: Reader = (source) => {
  const [x, weight, zero = '', weightZero = ''] = operands(source, 2, 4)
  const held = required(source, weight)
  const points = weightZero === '' ? [0] : numbersOf(required(source, weightZero))
  const shape = shapeOf(held)
  if (shape.length < 3 || (points.length > 1 && points.length !== shape[0]))
    refuse(source, 'its weight and zero points do not belong together', CONTRADICTION)
  const run = elements(shape.slice(1))
  const data = Float32Array.from(numbersOf(held))
  for (let i = 0; i < data.length; i++) data[i] -= points[points.length === 1 ? 0 : Math.floor(i / run)]
  const group = readGroup(source)
  const windows = readWindows(source, shape.slice(2))
  const chain = new Chain(source)
  const moved = tensor('float32', shape, data)
  const name = source.freshConstant(weight, moved)
  const input = shifted(chain, source, x, zero)
  const sizes = source.shape(x).slice(2)
  convolve(chain, source, { x: input, sizes, weight: { name, held: moved }, bias: [], windows, group })
  return chain.reading()
}

export const matMulInteger: Reader = (source) => {
  const [a, b, zeroA = '', zeroB = ''] = operands(source, 2, 4)
  const chain = new Chain(source)
  const rank = source.shape(a).length
  const inputs = [
    shifted(chain, source, asFloats(source, a), zeroA, rank - 2),
    shifted(chain, source, asFloats(source, b), zeroB, source.shape(b).length - 1),
  ]
  chain.add('product', { op: 'MatMul', inputs, attributes: null })
  return chain.reading()
}
