import { refuse } from '../import/source.ts'
import { base, type NodeOf, type OnnxOp } from './op.ts'
import { readWindow, requirePool, windowAttributes } from './window.ts'

export const maxPool: OnnxOp<NodeOf<'MaxPool'>> = {
  read: (source) => {
    if (source.attributes.int('storage_order', 0) !== 0)
      refuse(
        source,
        'storage_order 1 is not supported',
        'export it with storage_order = 0, which matters to its indices alone',
      )
    const ceilMode = source.attributes.flag('ceil_mode', false)
    return { nodes: [{ ...base(source, 1), op: 'MaxPool', attributes: { ...readWindow(source), ceilMode } }] }
  },
  write: ({ attributes }) => ({
    attributes: { ...windowAttributes(attributes), ceil_mode: attributes.ceilMode },
  }),
  check: requirePool,
}
