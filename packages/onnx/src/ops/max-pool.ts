import { CONTRADICTION, refuse } from '../import/source.ts'
import { maxPoolIndices } from './max-pool-indices.ts'
import type { NodeOf, OnnxOp } from './op.ts'
import { readPool } from './pool.ts'
import { readWindows, requirePool, windowAttributes } from './window.ts'

export const maxPool: OnnxOp<NodeOf<'MaxPool'>> = {
  read: (source) => {
    const order = source.attributes.int('storage_order', 0)
    if (order !== 0 && order !== 1) refuse(source, `storage_order is ${order}`, CONTRADICTION)
    const ceilMode = source.attributes.flag('ceil_mode', false)
    const windows = readWindows(source)
    const pooled = readPool(source, { windows, ceilMode }, (window) => ({
      op: 'MaxPool',
      attributes: { ...window, ceilMode },
    }))
    const hasIndices = (source.outputs[1] ?? '') !== ''
    if (!hasIndices) return pooled
    return {
      nodes: [...pooled.nodes, ...maxPoolIndices(source, { windows, ceilMode, inColumns: order === 1 })],
    }
  },
  write: ({ attributes }) => ({
    attributes: { ...windowAttributes(attributes), ceil_mode: attributes.ceilMode },
  }),
  check: requirePool,
}
