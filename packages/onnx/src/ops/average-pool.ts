import { fail, windowOutput } from '@octet/core'
import { refuse } from '../import/source.ts'
import type { NodeOf, OnnxOp } from './op.ts'
import { readPool } from './pool.ts'
import { requirePool, windowAttributes } from './window.ts'

export const averagePool: OnnxOp<NodeOf<'AveragePool'>> = {
  read: (source) => {
    const countIncludePad = source.attributes.flag('count_include_pad', false)
    return readPool(source, (window, ceilMode) => {
      if (window.dilations.some((dilation) => dilation !== 1))
        refuse(
          source,
          'dilations other than 1 are not supported',
          'use strides, or a Conv with the same window, in place of dilations',
        )
      return { op: 'AveragePool', attributes: { ...window, ceilMode, countIncludePad } }
    })
  },
  write: (node) => {
    const { ceilMode, countIncludePad } = node.attributes
    const { dilations, ...window } = windowAttributes(node.attributes)
    if (dilations.some((dilation) => dilation !== 1))
      fail(node, 'opset 14 has no dilations for it', 'use a Conv with the same window in its place')
    return { attributes: { ...window, ceil_mode: ceilMode, count_include_pad: countIncludePad } }
  },
  check: (node, { input }) => {
    requirePool(node)
    const { attributes } = node
    if (!attributes.ceilMode || !attributes.countIncludePad) return
    // Opsets before and after 19, and runtimes, differ on whether cells beyond the padding count.
    const size = [input[2], input[3]] as const
    if (windowOutput(attributes, size).join() !== windowOutput(attributes, size, true).join())
      fail(
        node,
        'ceil_mode with count_include_pad and a last window cut short has no agreed meaning',
        'use explicit pads',
      )
  },
}
