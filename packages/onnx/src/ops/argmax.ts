import { axesOf, operands, type Source } from '../import/source.ts'
import { Chain } from './chain.ts'
import type { NodeOf, OnnxOp, Reader, Reading } from './op.ts'

/** Reads an op that returns the index of the largest or the smallest value along an axis. */
function place(source: Source, isSmallest: boolean): Reading {
  const { attributes } = source
  const [x] = operands(source, 1)
  const shape = source.shape(x)
  const [axis] = axesOf(source, [attributes.int('axis', 0)], shape.length)
  const selectLast = attributes.flag('select_last_index', false)
  const keep = attributes.flag('keepdims', true)
  const chain = new Chain(source)
  const from = isSmallest ? chain.add('minus', { op: 'Neg', inputs: [x], attributes: null }) : x
  const places = chain.add('places', { op: 'ArgMax', inputs: [from], attributes: { axis, selectLast } })
  if (!keep) {
    const sizes = shape.filter((_, at) => at !== axis)
    chain.reshape('squeezed', places, axis === 0 ? sizes : [0, ...sizes.slice(1)])
  }
  return chain.reading()
}

export const argMin: Reader = (source) => place(source, true)

/** Indices are floats in core, and whole numbers in ONNX. */
export const argMax: OnnxOp<NodeOf<'ArgMax'>> = {
  read: (source) => place(source, false),
  write: ({ attributes: { axis, selectLast } }) => ({
    attributes: { axis, keepdims: true, select_last_index: selectLast },
    yields: 'integers',
  }),
}
