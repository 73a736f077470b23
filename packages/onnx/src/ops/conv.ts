import { fail } from '@octet/core'
import { CONTRADICTION, refuse } from '../import/source.ts'
import { base, type NodeOf, type OnnxOp } from './op.ts'
import { readWindow, requireWindow, windowAttributes } from './window.ts'

export const conv: OnnxOp<NodeOf<'Conv'>> = {
  read: (source) => {
    const constant = source.constant(source.inputs[1])
    const weight = constant?.kind === 'float' ? constant.tensor.shape.slice(2) : undefined
    const group = source.attributes.int('group', 1)
    if (!Number.isSafeInteger(group) || group < 1)
      refuse(source, `group ${group} must be at least 1`, CONTRADICTION)
    const attributes = { ...readWindow(source, weight), group }
    return { nodes: [{ ...base(source, 2, 3), op: 'Conv', attributes }] }
  },
  write: ({ attributes }) => ({
    attributes: { ...windowAttributes(attributes), group: attributes.group },
  }),
  check: (node, { output, lengthOf }) => {
    requireWindow(node)
    const length = lengthOf(2)
    if (length !== undefined && length !== output[1])
      fail(node, `its bias has ${length} values for ${output[1]} channels`, CONTRADICTION)
  },
}
