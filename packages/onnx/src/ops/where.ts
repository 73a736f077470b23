import { operands } from '../import/source.ts'
import { plain } from './declared.ts'
import { asFloats, type NodeOf, type OnnxOp } from './op.ts'

/** A constant condition holds 0 and 1. Whole numbers to select from become floats. */
export const where: OnnxOp<NodeOf<'Where'>> = {
  ...plain('Where', 3),
  read: (source) => {
    const { name, output } = source
    const inputs = operands(source, 3).map((input) => asFloats(source, input))
    return { nodes: [{ op: 'Where', name, inputs, output, attributes: null }] }
  },
  write: () => ({ conditions: [0] }),
}
