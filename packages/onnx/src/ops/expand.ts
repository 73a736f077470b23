import { bracketed } from '@octet/core'
import { CONTRADICTION, integers, operands, refuse } from '../import/source.ts'
import { wholes, type NodeOf, type OnnxOp } from './op.ts'

export const expand: OnnxOp<NodeOf<'Expand'>> = {
  read: (source) => {
    const { name, output, inputs, fixedBatch } = source
    operands(source, 2)
    const given = integers(source, 1, 'shape')
    if (given.some((size) => size < 1))
      refuse(source, `${bracketed(given)} is not a shape to expand to`, CONTRADICTION)
    const ofBatch = given.length === source.shape(inputs[0]).length && given[0] === fixedBatch
    const shape = ofBatch ? [1, ...given.slice(1)] : given
    return { nodes: [{ name, op: 'Expand', inputs: [inputs[0]], output, attributes: { shape } }] }
  },
  write: ({ attributes: { shape } }) => ({ inputs: { shape: wholes(shape) } }),
}
