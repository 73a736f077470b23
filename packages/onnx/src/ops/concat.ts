import { CONTRADICTION, refuse } from '../import/source.ts'
import type { NodeOf, OnnxOp } from './op.ts'
import { passOn } from './pass-on.ts'

/** A Concat of one tensor equals that tensor. */
export const concat: OnnxOp<NodeOf<'Concat'>> = {
  read: (source) => {
    const { name, inputs, output, attributes } = source
    if (inputs.length < 2) return passOn(source, 'axis')
    if (inputs.includes('')) refuse(source, 'one of its inputs is absent', CONTRADICTION)
    if (!attributes.has('axis')) refuse(source, 'attribute "axis" is missing', CONTRADICTION)
    const axis = attributes.int('axis', 0)
    return { nodes: [{ name, op: 'Concat', inputs, output, attributes: { axis } }] }
  },
  write: ({ attributes: { axis } }) => ({ attributes: { axis } }),
}
