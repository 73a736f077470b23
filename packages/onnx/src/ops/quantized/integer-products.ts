import { elements, tensor } from '@octet/core'
import { numbersOf, shapeOf } from '../../import/fold/values.ts'
import { CONTRADICTION, operands, refuse, type Source } from '../../import/source.ts'
import { Chain } from '../chain.ts'
import { convolve, readGroup } from '../conv.ts'
import { asFloats, type Reader } from '../op.ts'
import { readWindows } from '../window.ts'
import { along, required } from './grid.ts'

// Products of whole numbers in floats. Their sums are exact in float32 up to 2^24, so the results equal those of
// integers.

/** The node's input minus its zero point. */
function shifted(chain: Chain, source: Source, input: string, zero: string, axis = 0): string {
  if (zero === '') return input
  const points = source.constant(zero)
  if (points !== undefined && Array.from(numbersOf(points)).every((point) => point === 0)) return input
  const by = along(source, zero, source.shape(input).length, axis)
  return chain.add('shifted', { op: 'Sub', inputs: [input, by], attributes: null })
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
