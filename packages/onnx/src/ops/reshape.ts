import { bracketed } from '@octet/core'
import { CONTRADICTION, integers, operands, refuse } from '../import/source.ts'
import type { NodeOf, OnnxOp } from './op.ts'

/** How to mend a Reshape or Flatten that mixes samples. */
export const WRITE_FREE = 'write the batch size as 0 or -1 where a shape is given, and flatten from axis 1 on'

export const reshape: OnnxOp<NodeOf<'Reshape'>> = {
  read: (source) => {
    const { name, inputs, output, fixedBatch } = source
    operands(source, 2)
    const given = integers(source, 1, 'shape')
    if (source.attributes.flag('allowzero', false) && given.includes(0))
      refuse(source, 'a size of 0 is not supported', 'export it with allowzero = 0')
    if (given.some((size) => size < -1) || given.indexOf(-1) !== given.lastIndexOf(-1))
      refuse(source, `${bracketed(given)} is not a shape to reshape to`, CONTRADICTION)
    const shape = fixedBatch !== undefined && given[0] === fixedBatch ? [0, ...given.slice(1)] : given
    return { nodes: [{ name, op: 'Reshape', inputs: [inputs[0]], output, attributes: { shape } }] }
  },
  write: ({ attributes: { shape } }) => ({
    inputs: { shape: { dtype: 'int64', shape: [shape.length], data: BigInt64Array.from(shape, BigInt) } },
  }),
  batch: { mend: WRITE_FREE, asked: ({ attributes }) => `to ${bracketed(attributes.shape)} ` },
}
