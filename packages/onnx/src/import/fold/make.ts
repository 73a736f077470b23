import { bracketed, elements } from '@octet/core'
import type { Constant } from '../constant.ts'
import { CONTRADICTION, refuse } from '../source.ts'
import { axisOf, given, wholeNumbers, type Fold } from './fold.ts'
import { integersOf, made, numbersOf, shapeOf, stridesOf } from './values.ts'

// Folders of the ops that make numbers from sizes and indices.

export const constantOfShape: Fold = (folding) => {
  const { source } = folding
  const shape = wholeNumbers(folding, 0) ?? []
  const value = source.attributes.tensor('value')
  const numbers = value === undefined ? [0] : numbersOf(value)
  if (numbers.length !== 1) refuse(source, `its value has ${numbers.length} numbers, not one`, CONTRADICTION)
  const kind = value?.kind ?? 'float'
  folding.takeRoom(kind, shape)
  return [made(kind, shape, () => numbers[0])]
}

export const range: Fold = (folding) => {
  const [start, limit, delta] = [0, 1, 2].map((index) => given(folding, index))
  const kinds = new Set([start, limit, delta].map(({ kind }) => kind))
  for (const index of [0, 1, 2]) if (start.kind === 'integer') wholeNumbers(folding, index)
  const [from, to, step] = [start, limit, delta].map((constant) => numbersOf(constant)[0])
  if (kinds.size !== 1 || !Number.isFinite((to - from) / step))
    refuse(folding.source, `from ${from} to ${to} by ${step} is no range`, CONTRADICTION)
  const count = Math.max(Math.ceil((to - from) / step), 0)
  folding.takeRoom(start.kind, [count])
  return [made(start.kind, [count], (i) => from + i * step)]
}

export const oneHot: Fold = (folding) => {
  const { source } = folding
  const indices = given(folding, 0)
  const depth = numbersOf(given(folding, 1))[0]
  const values = given(folding, 2)
  const [off, on] = [numbersOf(values)[0], numbersOf(values)[1]]
  const shape = shapeOf(indices)
  const axis = axisOf(folding, source.attributes.int('axis', -1), shape.length + 1)
  const whole = shape.toSpliced(axis, 0, depth)
  folding.takeRoom(values.kind, whole)
  const inner = elements(shape.slice(axis))
  const places = numbersOf(indices)
  return [
    made(values.kind, whole, (i) => {
      const at = Math.floor(i / inner) % depth
      const index = places[Math.floor(i / (inner * depth)) * inner + (i % inner)]
      return index === at || index + depth === at ? on : off
    }),
  ]
}

export const trilu: Fold = (folding) => {
  const x = given(folding, 0)
  const upper = folding.source.attributes.flag('upper', true)
  const k = wholeNumbers(folding, 1)?.[0] ?? 0
  const [rows, columns] = shapeOf(x).slice(-2)
  const numbers = numbersOf(x)
  folding.takeRoom(x.kind, shapeOf(x))
  return [
    made(x.kind, shapeOf(x), (i) => {
      const distance = (i % columns) - (Math.floor(i / columns) % rows)
      return (upper ? distance >= k : distance <= k) ? numbers[i] : 0
    }),
  ]
}

export const nonZero: Fold = (folding) => {
  const x = given(folding, 0)
  const numbers = numbersOf(x)
  const shape = shapeOf(x)
  const places: number[] = []
  for (let i = 0; i < numbers.length; i++) if (numbers[i] !== 0) places.push(i)
  const whole = [shape.length, places.length]
  folding.takeRoom('integer', whole)
  const strides = stridesOf(shape)
  return [
    integersOf(
      whole,
      strides.flatMap((stride, axis) => places.map((place) => Math.floor(place / stride) % shape[axis])),
    ),
  ]
}

/** Sums of all numbers before each number along one axis. Floats are summed in float32, beginning with the first. */
export const cumSum: Fold = (folding) => {
  const { source } = folding
  const x = given(folding, 0)
  const shape = shapeOf(x)
  const axis = axisOf(folding, wholeNumbers(folding, 1)?.[0] ?? 0, shape.length)
  const exclusive = source.attributes.flag('exclusive', false)
  const reverse = source.attributes.flag('reverse', false)
  folding.takeRoom(x.kind, shape)
  if (x.kind === 'integer') wholeNumbers(folding, 0)
  const numbers = numbersOf(x)
  const stride = stridesOf(shape)[axis]
  const round = x.kind === 'float' ? Math.fround : (value: number): number => value
  const sums = Array.from<number>({ length: elements(shape) })
  for (let i = 0; i < sums.length; i++) {
    const at = reverse ? sums.length - 1 - i : i
    const place = Math.floor(at / stride) % shape[axis]
    const isFirst = place === (reverse ? shape[axis] - 1 : 0)
    const before = reverse ? at + stride : at - stride
    const sum = isFirst ? 0 : round(sums[before] + (exclusive ? numbers[before] : 0))
    sums[at] = exclusive ? sum : round(sum + numbers[at])
  }
  return [made(x.kind, shape, (i) => sums[i])]
}

/** A reduction of whole numbers over some axes, or over all axes. */
export function reduction(start: number, join: (sum: number, value: number) => number): Fold {
  return (folding) => {
    const { source } = folding
    const x: Constant = given(folding, 0)
    if (x.kind === 'float') return undefined
    const values = wholeNumbers(folding, 0)!
    const keep = source.attributes.flag('keepdims', true)
    const nothing = source.attributes.flag('noop_with_empty_axes', false)
    const asked = source.attributes.ints('axes') ?? wholeNumbers(folding, 1) ?? []
    if (asked.length === 0 && nothing) return [x]
    const over = new Set(asked.map((axis) => axisOf(folding, axis, x.shape.length)))
    const isOver = (axis: number): boolean => over.size === 0 || over.has(axis)
    const kept = x.shape.map((size, axis) => (isOver(axis) ? 1 : size))
    folding.takeRoom('integer', kept)
    const results = Array.from({ length: elements(kept) }, () => start)
    const [from, to] = [stridesOf(x.shape), stridesOf(kept)]
    for (const [i, value] of values.entries()) {
      let at = 0
      for (const [axis, stride] of to.entries())
        if (kept[axis] > 1) at += (Math.floor(i / from[axis]) % x.shape[axis]) * stride
      results[at] = join(results[at], value)
    }
    if (!results.every((value) => Number.isFinite(value)))
      refuse(source, `${bracketed(x.shape)} has nothing to reduce`, CONTRADICTION)
    return [integersOf(keep ? kept : x.shape.filter((_, axis) => !isOver(axis)), results)]
  }
}
