import { bracketed } from '@octet/core'
import { axesOf, CONTRADICTION, integers, operands, refuse, type Source } from '../import/source.ts'
import type { Reading } from './op.ts'
import { reshapeTo } from './reshape.ts'

/** A Reshape without the named axes of size 1, or without all axes of size 1. */
export function squeeze(source: Source): Reading {
  const { name, output } = source
  const [x] = operands(source, 1, source.opset < 13 ? 1 : 2)
  const shape = source.shape(x)
  const given = axesGiven(source)
  const axes =
    given === undefined
      ? [...shape.keys()].filter((axis) => shape[axis] === 1)
      : axesOf(source, given, shape.length)
  const long = axes.find((axis) => shape[axis] !== 1)
  if (long !== undefined)
    refuse(source, `axis ${long} of ${bracketed(shape)} is not of size 1`, 'keep the batch in front')
  const kept = shape.filter((_, axis) => !axes.includes(axis))
  return { nodes: [reshapeTo({ name, output }, x, kept, !axes.includes(0))] }
}

/** A Reshape that inserts axes of size 1 at the named places of the output. */
export function unsqueeze(source: Source): Reading {
  const { name, output } = source
  const [x] = operands(source, 1, source.opset < 13 ? 1 : 2)
  const shape = source.shape(x)
  const given = axesGiven(source)
  if (given === undefined) refuse(source, 'it has no axes', CONTRADICTION)
  const axes = axesOf(source, given, shape.length + given.length)
  const made = [...shape]
  for (const axis of axes.toSorted((a, b) => a - b)) made.splice(axis, 0, 1)
  return { nodes: [reshapeTo({ name, output }, x, made, !axes.includes(0))] }
}

/** The axes, from an attribute before opset 13, and from an input since opset 13. */
function axesGiven(source: Source): readonly number[] | undefined {
  if (source.opset < 13) return source.attributes.ints('axes')
  return source.inputs[1] ? integers(source, 1, 'axes') : undefined
}
