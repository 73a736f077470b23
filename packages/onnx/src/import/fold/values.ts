import { elements, tensor, type Shape } from '@octet/core'
import type { Constant, FloatConstant, IntegerConstant } from '../constant.ts'

/** The numbers of a constant in row-major order. */
export function numbersOf(constant: Constant): ArrayLike<number> {
  return constant.kind === 'float' ? constant.tensor.data : constant.values
}

export function shapeOf(constant: Constant): Shape {
  return constant.kind === 'float' ? constant.tensor.shape : constant.shape
}

export function integersOf(shape: Shape, values: readonly number[]): IntegerConstant {
  return { kind: 'integer', shape, values }
}

export function floatsOf(shape: Shape, values: ArrayLike<number>): FloatConstant {
  const data = values instanceof Float32Array ? values : Float32Array.from(values)
  return { kind: 'float', tensor: tensor('float32', shape, data) }
}

/** A constant of this kind and shape. `value` computes its numbers one by one. */
export function made(kind: Constant['kind'], shape: Shape, value: (index: number) => number): Constant {
  const count = elements(shape)
  if (kind === 'float') {
    const data = new Float32Array(count)
    for (let i = 0; i < count; i++) data[i] = value(i)
    return floatsOf(shape, data)
  }
  const values: number[] = []
  for (let i = 0; i < count; i++) values.push(value(i))
  return integersOf(shape, values)
}

/** A number, and its increase per further sample of a batch. */
export type Linear = readonly [value: number, perSample: number]

export function linear(constant: Constant, i: number): Linear {
  return [numbersOf(constant)[i], (constant.kind === 'integer' && constant.perSample?.[i]) || 0]
}

/** Like `made`, with the increase of each number. */
export function madeLinear(kind: Constant['kind'], shape: Shape, value: (index: number) => Linear): Constant {
  if (kind === 'float') return made(kind, shape, (i) => value(i)[0])
  const numbers = upTo(elements(shape)).map(value)
  const values = numbers.map(([number]) => number)
  return withPerSample(
    integersOf(shape, values),
    numbers.map(([, gain]) => gain),
  )
}

/** The numbers of a constant at other places: element i is the constant's element `at(i)`. */
export function picked(constant: Constant, shape: Shape, at: (index: number) => number): Constant {
  if (constant.kind === 'integer') return madeLinear('integer', shape, (i) => linear(constant, at(i)))
  const { data } = constant.tensor
  return made('float', shape, (i) => data[at(i)])
}

/** The constant in another shape with the same number of elements. */
export function reshaped(constant: Constant, shape: Shape): Constant {
  return constant.kind === 'float'
    ? { kind: 'float', tensor: { ...constant.tensor, shape } }
    : { ...constant, shape }
}

/** The numbers, with their increases per further sample of a batch. */
export function withPerSample(constant: IntegerConstant, perSample: readonly number[]): IntegerConstant {
  return perSample.some((gain) => gain !== 0) ? { ...constant, perSample } : constant
}

/** The distance between neighbours along each axis. */
export function stridesOf(shape: Shape): number[] {
  const strides = shape.map(() => 1)
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1] * shape[axis + 1]
  return strides
}

/** Whole numbers from 0 to `count` - 1. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i)
}
