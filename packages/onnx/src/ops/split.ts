import { bracketed, type Node } from '@octet/core'
import { axesOf, CONTRADICTION, integers, operands, refuse, type Source } from '../import/source.ts'
import type { Reading } from './op.ts'

/** A Slice for each output that a node reads. */
export function split(source: Source): Reading {
  const { name, attributes, outputs } = source
  const [x] = operands(source, 1, source.opset < 13 ? 1 : 2)
  const shape = source.shape(x)
  const [axis] = axesOf(source, [attributes.int('axis', 0)], shape.length)
  const lengths = lengthsOf(source, shape[axis])
  let start = 0
  const nodes = outputs.flatMap((output, i): Node[] => {
    const [starts, ends] = [[start], [start + lengths[i]]]
    start += lengths[i]
    if (output === '') return []
    const part = outputs.length === 1 ? name : source.freshNode(`${name}.${i}`)
    return [
      {
        name: part,
        op: 'Slice',
        inputs: [x],
        output,
        attributes: { axes: [axis], starts, ends, steps: [1] },
      },
    ]
  })
  return { nodes }
}

/** The given lengths, or equal lengths. Since opset 18, the last equal length may be shorter. */
function lengthsOf(source: Source, size: number): readonly number[] {
  const { attributes, inputs, opset, outputs } = source
  const count = attributes.int('num_outputs', outputs.length)
  const given = opset < 13 ? attributes.ints('split') : inputs[1] ? integers(source, 1, 'split') : undefined
  if (count !== outputs.length || (given !== undefined && given.length !== count))
    refuse(source, `it has ${outputs.length} outputs, but must have ${given?.length ?? count}`, CONTRADICTION)
  if (given !== undefined) {
    if (given.some((length) => length < 0) || given.reduce((sum, length) => sum + length, 0) !== size)
      refuse(source, `parts of ${bracketed(given)} do not add up to ${size}`, CONTRADICTION)
    return given
  }
  const length = Math.ceil(size / count)
  if (opset < 18 && length * count !== size)
    refuse(source, `${size} does not split into ${count} equal parts`, CONTRADICTION)
  return outputs.map((_, i) => Math.max(0, Math.min(length, size - i * length)))
}
