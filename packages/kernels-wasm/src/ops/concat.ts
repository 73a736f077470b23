import { bytesPerElement, elements, expectConstants, type Shape } from '@octet/core'
import { layoutOf } from '../memory/layout.ts'
import { moveWords, SUFFIX } from './move-words.ts'
import type { Call, Op, SpecOf } from './op.ts'

/** Each input is copied to its place. int8 goes through the input's table. */
export const concat: Op<'Concat'> = {
  plan(spec, constants, { shelf }) {
    const { shape, dtype } = spec.output
    const tables = dtype === 'int8' ? expectConstants(spec, constants, 'int-concat').tables : undefined
    let start = 0
    const calls = spec.inputs.map((input, index): Call => {
      const table = tables === undefined ? 0 : shelf.put(tables.slice(256 * index, 256 * (index + 1)))
      const x = layoutOf(input.shape)
      const words = [...moveWords(x, layoutOf(shape)), x.images, table, ...placeOf(spec, input.shape, start)]
      start += input.shape[spec.axis]
      return {
        kernel: `join${SUFFIX[bytesPerElement(dtype)]}`,
        tiles: 1,
        constants: shelf.put(Int32Array.from(words)),
        a: index,
        b: index,
        cycles: elements(input.shape),
      }
    })
    return { calls, scratchBytes: 0 }
  },
}

/**
 * The place of an input: the first channel, position and image in the output, then the pixels of a run and the output's
 * distance between runs. The order is that of `Join` in assembly/ops/concat.ts.
 */
function placeOf({ axis, output: { shape } }: SpecOf<'Concat'>, input: Shape, start: number): number[] {
  const whole = elements(shape.slice(2))
  if (axis === 0) return [0, 0, start, whole, whole]
  if (axis === 1) return [start, 0, 0, whole, whole]
  const inner = elements(shape.slice(axis + 1))
  return [0, start * inner, 0, input[axis] * inner, shape[axis] * inner]
}
