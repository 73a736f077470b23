import { axesOf, operands } from '../import/source.ts'
import { Chain } from './chain.ts'
import type { NodeOf, OnnxOp } from './op.ts'

/** Places are floats in core, and whole numbers in ONNX. */
export const argMax: OnnxOp<NodeOf<'ArgMax'>> = {
  read: (source) => {
    const { attributes } = source
    const [x] = operands(source, 1)
    const shape = source.shape(x)
    const [axis] = axesOf(source, [attributes.int('axis', 0)], shape.length)
    const selectLast = attributes.flag('select_last_index', false)
    const keep = attributes.flag('keepdims', true)
    const chain = new Chain(source)
    const places = chain.add('places', { op: 'ArgMax', inputs: [x], attributes: { axis, selectLast } })
    if (!keep) {
      const sizes = shape.filter((_, at) => at !== axis)
      chain.reshape('squeezed', places, axis === 0 ? sizes : [0, ...sizes.slice(1)])
    }
    return chain.reading()
  },
  write: ({ attributes: { axis, selectLast } }) => ({
    attributes: { axis, keepdims: true, select_last_index: selectLast },
  }),
}
