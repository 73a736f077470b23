import { tensor } from '@octet/core'
import { refuse, type Source } from '../../import/source.ts'
import { Chain } from '../chain.ts'
import type { Reading } from '../op.ts'
import { along } from './grid.ts'

interface Format {
  /** Digits of a normal number, including the leading digit. */
  readonly digits: number
  readonly smallestNormal: number
  readonly largest: number
}

/** The supported floats of at most 8 bits, by their numbers (onnx.proto): e4m3fn, e5m2, and e2m1. */
export const NARROW_FLOATS: ReadonlyMap<number, Format> = new Map([
  [17, { digits: 4, smallestNormal: 2 ** -6, largest: 448 }],
  [19, { digits: 3, smallestNormal: 2 ** -14, largest: 57344 }],
  [23, { digits: 2, smallestNormal: 1, largest: 6 }],
])

interface Parts {
  readonly x: string
  readonly scale: string
  readonly axis: number
  readonly type: number
  readonly saturates: boolean
}

/**
 * x / scale, rounded to floats of at most 8 bits, ties to even, and limited to their largest value. Normal numbers lose
 * their low digits by Veltkamp's splitting (Dekker 1971): c = x * (2^n + 1), c - (c - x). Smaller numbers are whole
 * multiples of the smallest.
 */
export function narrowFloat(source: Source, { x, scale, axis, type, saturates }: Parts): Reading {
  const { digits, smallestNormal, largest } = NARROW_FLOATS.get(type)!
  if (!saturates) refuse(source, 'saturate 0 is not supported', 'quantize the model with saturation')
  const chain = new Chain(source)
  const number = (part: string, value: number): string =>
    source.freshConstant(`${source.name}.${part}`, tensor('float32', [], Float32Array.of(value)))
  const pair = (part: string, op: 'Div' | 'Mul' | 'Sub', a: string, b: string): string =>
    chain.add(part, { op, inputs: [a, b], attributes: null })
  const steps = pair('steps', 'Div', x, along(source, scale, source.shape(x).length, axis))
  const held = chain.add('held', { op: 'Clip', inputs: [steps], attributes: { min: -largest, max: largest } })
  const split = pair('split', 'Mul', held, number('splitter', 2 ** (24 - digits) + 1))
  const normal = pair('normal', 'Sub', split, pair('low', 'Sub', split, held))
  const smallest = smallestNormal * 2 ** (1 - digits)
  const units = pair('units', 'Mul', held, number('units-each', 1 / smallest))
  const whole = chain.add('whole', { op: 'Round', inputs: [units], attributes: null })
  const subnormal = pair('subnormal', 'Mul', whole, number('smallest', smallest))
  const magnitude = chain.add('magnitude', { op: 'Abs', inputs: [held], attributes: null })
  const normals = chain.add('normals', {
    op: 'Floor',
    inputs: [pair('sized', 'Mul', magnitude, number('sizer', 1 / smallestNormal))],
    attributes: null,
  })
  const isNormal = chain.add('is-normal', { op: 'Clip', inputs: [normals], attributes: { min: 0, max: 1 } })
  chain.add('rounded', { op: 'Where', inputs: [isNormal, normal, subnormal], attributes: null })
  return chain.reading()
}
