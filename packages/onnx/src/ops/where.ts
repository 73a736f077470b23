import { operands } from '../import/source.ts'
import { plain } from './declared.ts'
import { asFloats, type NodeOf, type OnnxOp } from './op.ts'

/** A condition that is constant holds 0 and 1; whole numbers to choose from are floats. */
export const where: OnnxOp<NodeOf<'Where'>> = {
  ...plain('Where', 3),
  read: (source) => {
    const { name, output } = source
    const inputs = operands(source, 3).map((input) => asFloats(source, input))
    return { nodes: [{ op: 'Where', name, inputs, output, attributes: null }] }
  },
  write: () => ({ conditions: [0] }),
}
