import { bracketed, elements, quoted, tensor, type Tensor } from '@octet/core'
import { rangeOfType, typeName, type Constant } from '../../import/constant.ts'
import { numbersOf, shapeOf } from '../../import/fold/values.ts'
import { CONTRADICTION, refuse, type Source } from '../../import/source.ts'

export const UINT8 = 2
export const INT8 = 3

/** A constant of any type as floats, per tensor, or along one axis of a tensor of this rank. */
export function numbersAlong(source: Source, input: string, rank: number, axis: number): Tensor<'float32'> {
  const constant = required(source, input)
  const count = elements(shapeOf(constant))
  const at = axis < 0 ? axis + rank : axis
  if (count > 1 && (shapeOf(constant).length !== 1 || !(at >= 0 && at < rank)))
    refuse(source, 'its scales are per block', 'quantize the model per tensor or per channel')
  const shape = count === 1 ? [] : Array.from({ length: rank - at }, (_, i) => (i === 0 ? count : 1))
  return tensor('float32', shape, Float32Array.from(numbersOf(constant)))
}

/** The same constant as a tensor's name. A computed scale or zero point is taken unchanged. */
export function along(source: Source, input: string, rank: number, axis: number): string {
  if (source.constant(input) === undefined) return input
  return source.freshConstant(input, numbersAlong(source, input, rank, axis))
}

export function required(source: Source, input: string): Constant {
  return (
    source.constant(input) ??
    refuse(
      source,
      'its scales and zero points must be constants',
      'give the FP32 model that it was made from: octet quantizes it',
    )
  )
}

/** The type that a node quantizes to: the type of its zero point, the type in `output_dtype`, or uint8. */
export function typeOf(source: Source, zero: string): number {
  const stated = source.attributes.int('output_dtype', 0)
  const held = zero === '' ? undefined : source.constant(zero)
  if (held === undefined && zero !== '' && !source.holdsWholeNumbers(zero))
    refuse(
      source,
      `its zero point ${quoted(zero)} is neither constant nor made of whole numbers`,
      'quantize the model with constant scales and zero points',
    )
  return held?.type ?? (stated || UINT8)
}

/** The smallest and the largest integer of a type. @throws OctetError if the type is not an integer type. */
export function integerRange(source: Source, type: number): readonly [least: number, most: number] {
  return (
    rangeOfType(type) ??
    refuse(source, `it quantizes to ${typeName(type)}`, 'quantize the model to 8 or 16 bits, or to float8')
  )
}

/** Scale and zero point, if each is one constant number and the type has 8 bits, like a grid of Octet. */
export function byteGrid(
  source: Source,
  scale: string,
  zero: string,
  type: number,
): { readonly scale: number; readonly zeroPoint: number; readonly isUnsigned: boolean } | undefined {
  if (type !== UINT8 && type !== INT8) return undefined
  const [s, z] = [scale, zero].map((name) => (name === '' ? undefined : source.constant(name)))
  if (s === undefined || (zero !== '' && z === undefined)) return undefined
  const [scales, points] = [numbersOf(s), z === undefined ? [0] : numbersOf(z)]
  if (scales.length !== 1 || points.length !== 1) return undefined
  if (!(scales[0] > 0 && scales[0] < Infinity)) refuse(source, `its scale is ${scales[0]}`, CONTRADICTION)
  return { scale: scales[0], zeroPoint: points[0], isUnsigned: type === UINT8 }
}

/** @throws OctetError if the numbers of zero points and scales differ. */
export function requireMatching(source: Source, scale: Constant, zero: Constant | undefined): void {
  if (zero === undefined || elements(shapeOf(zero)) === elements(shapeOf(scale))) return
  refuse(
    source,
    `scales ${bracketed(shapeOf(scale))} and zero points ${bracketed(shapeOf(zero))} differ in number`,
    CONTRADICTION,
  )
}
