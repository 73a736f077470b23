import { operands } from '../import/source.ts'
import { base, type NodeOf, type OnnxOp } from './op.ts'

/** Without `perm` the axes are reversed. */
export const transpose: OnnxOp<NodeOf<'Transpose'>> = {
  read: (source) => {
    const { length } = source.shape(operands(source, 1)[0])
    const perm = source.attributes.ints('perm') ?? Array.from({ length }, (_, axis) => length - 1 - axis)
    return { nodes: [{ ...base(source, 1), op: 'Transpose', attributes: { perm } }] }
  },
  write: ({ attributes: { perm } }) => ({ attributes: { perm } }),
}
