import { bracketed, elements, type Shape } from '@octet/core'
import type { Constant } from '../constant.ts'
import { CONTRADICTION, refuse } from '../source.ts'
import { axisOf, given, wholeNumbers, type Fold, type Folding } from './fold.ts'
import { linear, madeLinear, picked, reshaped, shapeOf, stridesOf, upTo } from './values.ts'

// Folders of the ops that move numbers of any type.

/** The number at every combination of offsets into the constant. There is one list of offsets per axis. */
function gathered(folding: Folding, constant: Constant, offsets: readonly (readonly number[])[]): Constant {
  const shape = offsets.map(({ length }) => length)
  folding.takeRoom(constant.kind, shape)
  const strides = stridesOf(shape)
  return picked(constant, shape, (i) => {
    let at = 0
    for (let axis = 0; axis < shape.length; axis++)
      at += offsets[axis][Math.floor(i / strides[axis]) % shape[axis]]
    return at
  })
}

/** The offsets of all places along each axis. */
function allOffsets(shape: Shape): number[][] {
  const strides = stridesOf(shape)
  return shape.map((size, axis) => upTo(size).map((place) => place * strides[axis]))
}

export const transpose: Fold = (folding) => {
  const x = given(folding, 0)
  const shape = shapeOf(x)
  const perm = folding.source.attributes.ints('perm') ?? upTo(shape.length).toReversed()
  if (perm.toSorted((a, b) => a - b).join() !== upTo(shape.length).join())
    refuse(folding.source, `perm ${bracketed(perm)} does not order ${shape.length} axes`, CONTRADICTION)
  const offsets = allOffsets(shape)
  return [
    gathered(
      folding,
      x,
      perm.map((axis) => offsets[axis]),
    ),
  ]
}

export const reshape: Fold = (folding) => {
  const x = given(folding, 0)
  const from = shapeOf(x)
  const given0 = wholeNumbers(folding, 1) ?? []
  const keepsZero = folding.source.attributes.flag('allowzero', false)
  const shape = given0.map((size, axis) => (size === 0 && !keepsZero ? from[axis] : size))
  const hole = shape.indexOf(-1)
  if (hole >= 0) shape[hole] = elements(from) / -elements(shape)
  if (elements(shape) !== elements(from) || !shape.every((size) => Number.isInteger(size) && size >= 0))
    refuse(folding.source, `${bracketed(from)} does not reshape to ${bracketed(given0)}`, CONTRADICTION)
  return [reshaped(x, shape)]
}

export const flatten: Fold = (folding) => {
  const x = given(folding, 0)
  const shape = shapeOf(x)
  const asked = folding.source.attributes.int('axis', 1)
  const axis = asked < 0 ? asked + shape.length : asked
  return [reshaped(x, [elements(shape.slice(0, axis)), elements(shape.slice(axis))])]
}

export const unsqueeze: Fold = (folding) => {
  const x = given(folding, 0)
  const axes = folding.source.attributes.ints('axes') ?? wholeNumbers(folding, 1) ?? []
  const rank = shapeOf(x).length + axes.length
  const added = new Set(axes.map((axis) => axisOf(folding, axis, rank)))
  if (added.size !== axes.length)
    refuse(folding.source, `axes ${bracketed(axes)} name an axis twice`, CONTRADICTION)
  const sizes = [...shapeOf(x)]
  return [
    reshaped(
      x,
      upTo(rank).map((axis) => (added.has(axis) ? 1 : sizes.shift()!)),
    ),
  ]
}

export const squeeze: Fold = (folding) => {
  const x = given(folding, 0)
  const shape = shapeOf(x)
  const axes = folding.source.attributes.ints('axes') ?? wholeNumbers(folding, 1)
  const gone = new Set(
    axes?.map((axis) => axisOf(folding, axis, shape.length)) ??
      upTo(shape.length).filter((axis) => shape[axis] === 1),
  )
  if ([...gone].some((axis) => shape[axis] !== 1))
    refuse(
      folding.source,
      `axes ${bracketed([...gone])} of ${bracketed(shape)} are not all of size 1`,
      CONTRADICTION,
    )
  return [
    reshaped(
      x,
      shape.filter((_, axis) => !gone.has(axis)),
    ),
  ]
}

export const slice: Fold = (folding) => {
  const { source } = folding
  const x = given(folding, 0)
  const shape = shapeOf(x)
  const starts = source.attributes.heldInts('starts') ?? wholeNumbers(folding, 1) ?? []
  const ends = source.attributes.heldInts('ends') ?? wholeNumbers(folding, 2) ?? []
  const axes = source.attributes.ints('axes') ?? wholeNumbers(folding, 3) ?? upTo(starts.length)
  const steps = wholeNumbers(folding, 4) ?? starts.map(() => 1)
  if ([ends, axes, steps].some(({ length }) => length !== starts.length) || steps.includes(0))
    refuse(source, 'its starts, ends, axes and steps do not match', CONTRADICTION)
  const strides = stridesOf(shape)
  const offsets = allOffsets(shape)
  for (const [i, given1] of axes.entries()) {
    const axis = axisOf(folding, given1, shape.length)
    const size = shape[axis]
    const [step, last] = steps[i] > 0 ? [steps[i], size] : [steps[i], size - 1]
    const least = step > 0 ? 0 : -1
    const wrap = (place: number): number => Math.min(Math.max(place < 0 ? place + size : place, least), last)
    const first = step > 0 ? wrap(starts[i]) : Math.max(wrap(starts[i]), 0)
    const count = Math.max(Math.ceil((wrap(ends[i]) - first) / step), 0)
    offsets[axis] = size === 0 ? [] : upTo(count).map((place) => (first + place * step) * strides[axis])
  }
  return [gathered(folding, x, offsets)]
}

export const split: Fold = (folding) => {
  const { source } = folding
  const x = given(folding, 0)
  const shape = shapeOf(x)
  const axis = axisOf(folding, source.attributes.int('axis', 0), shape.length)
  const parts = source.attributes.int('num_outputs', source.outputs.length)
  const even = Math.ceil(shape[axis] / parts)
  const sizes =
    source.attributes.ints('split') ??
    wholeNumbers(folding, 1) ??
    upTo(parts).map((part) => Math.max(Math.min(even, shape[axis] - part * even), 0))
  if (sizes.reduce((sum, size) => sum + size, 0) !== shape[axis] || sizes.some((size) => size < 0))
    refuse(source, `sizes ${bracketed(sizes)} do not split a size of ${shape[axis]}`, CONTRADICTION)
  const offsets = allOffsets(shape)
  let from = 0
  return sizes.map((size) => {
    const part = offsets.with(axis, offsets[axis].slice(from, from + size))
    from += size
    return gathered(folding, x, part)
  })
}

export const gather: Fold = (folding) => {
  const { source } = folding
  const [x, indices] = [given(folding, 0), given(folding, 1)]
  const shape = shapeOf(x)
  const axis = axisOf(folding, source.attributes.int('axis', 0), shape.length)
  const size = shape[axis]
  const places = wholeNumbers(folding, 1)!.map((index) => (index < 0 ? index + size : index))
  const outside = places.find((place) => place < 0 || place >= size)
  if (outside !== undefined) refuse(source, `index ${outside} is outside a size of ${size}`, CONTRADICTION)
  const stride = stridesOf(shape)[axis]
  const offsets = allOffsets(shape).with(
    axis,
    places.map((place) => place * stride),
  )
  const result = gathered(folding, x, offsets)
  return [reshaped(result, [...shape.slice(0, axis), ...shapeOf(indices), ...shape.slice(axis + 1)])]
}

export const expand: Fold = (folding) => {
  const x = given(folding, 0)
  const wanted = wholeNumbers(folding, 1) ?? []
  return [broadcast(folding, x, broadcastShape(folding, [shapeOf(x), wanted]))]
}

export const tile: Fold = (folding) => {
  const x = given(folding, 0)
  const repeats = wholeNumbers(folding, 1) ?? []
  const shape = shapeOf(x)
  if (repeats.length !== shape.length || repeats.some((count) => count < 0))
    refuse(folding.source, `repeats ${bracketed(repeats)} do not fit ${bracketed(shape)}`, CONTRADICTION)
  folding.takeRoom(
    x.kind,
    shape.map((size, axis) => size * repeats[axis]),
  )
  const offsets = allOffsets(shape).map((places, axis) => upTo(repeats[axis]).flatMap(() => places))
  return [gathered(folding, x, offsets)]
}

export const concat: Fold = (folding) => {
  const { source, inputs } = folding
  const parts = inputs.map((_, index) => given(folding, index))
  const [first] = parts
  const shape = shapeOf(given(folding, 0))
  const axis = axisOf(folding, source.attributes.int('axis', 0), shape.length)
  const isSame = (part: Constant): boolean =>
    part.kind === first.kind && shapeOf(part).with(axis, 0).join() === shape.with(axis, 0).join()
  if (!parts.every((part) => shapeOf(part).length === shape.length && isSame(part)))
    refuse(source, 'its inputs are of different types or shapes', CONTRADICTION)
  const sizes = parts.map((part) => shapeOf(part)[axis])
  const whole = shape.with(
    axis,
    sizes.reduce((sum, size) => sum + size, 0),
  )
  folding.takeRoom(first.kind, whole)
  const inner = elements(shape.slice(axis + 1))
  const starts = sizes.map((_, part) => sizes.slice(0, part).reduce((sum, size) => sum + size, 0))
  const owner = sizes.flatMap((size, part) => upTo(size).map(() => part))
  return [
    madeLinear(first.kind, whole, (i) => {
      const place = Math.floor(i / inner) % whole[axis]
      const part = owner[place]
      const row = Math.floor(i / (inner * whole[axis]))
      return linear(parts[part], (row * sizes[part] + place - starts[part]) * inner + (i % inner))
    }),
  ]
}

/** The common broadcast shape of several shapes, aligned at their ends. */
export function broadcastShape({ source }: Folding, shapes: readonly Shape[]): Shape {
  const rank = Math.max(...shapes.map(({ length }) => length))
  return upTo(rank).map((axis) => {
    const sizes = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1)
    const size = sizes.find((one) => one !== 1) ?? 1
    if (sizes.some((one) => one !== 1 && one !== size))
      refuse(source, `its inputs ${shapes.map(bracketed).join(' and ')} do not broadcast`, CONTRADICTION)
    return size
  })
}

/** A constant, repeated to a shape that it broadcasts to. */
export function broadcast(folding: Folding, constant: Constant, shape: Shape): Constant {
  const from = shapeOf(constant)
  if (from.join() === shape.join()) return constant
  folding.takeRoom(constant.kind, shape)
  const strides = stridesOf(from)
  const offsets = shape.map((size, axis) => {
    const own = axis - shape.length + from.length
    return upTo(size).map((place) => (own < 0 || from[own] === 1 ? 0 : place * strides[own]))
  })
  return gathered(folding, constant, offsets)
}
