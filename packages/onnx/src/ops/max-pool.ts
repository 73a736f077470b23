import { refuse } from '../import/source.ts'
import type { NodeOf, OnnxOp } from './op.ts'
import { readPool } from './pool.ts'
import { readWindows, requirePool, windowAttributes } from './window.ts'

export const maxPool: OnnxOp<NodeOf<'MaxPool'>> = {
  read: (source) => {
    if (source.attributes.int('storage_order', 0) !== 0)
      refuse(
        source,
        'storage_order 1 is not supported',
        'export it with storage_order = 0, which matters to its indices alone',
      )
    const ceilMode = source.attributes.flag('ceil_mode', false)
    const windows = readWindows(source)
    return readPool(source, { windows, ceilMode }, (window) => ({
      op: 'MaxPool',
      attributes: { ...window, ceilMode },
    }))
  },
  write: ({ attributes }) => ({
    attributes: { ...windowAttributes(attributes), ceil_mode: attributes.ceilMode },
  }),
  check: requirePool,
}
