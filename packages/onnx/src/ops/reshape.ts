import { bracketed } from '@octet/core'
import { CONTRADICTION, operands, refuse, sizes } from '../import/source.ts'
import { wholes, type NodeOf, type OnnxOp } from './op.ts'

/** The remedy for a Reshape or Flatten that mixes samples. */
export const WRITE_FREE = 'write the batch size as 0 or -1 where a shape is given, and flatten from axis 1 on'

/**
 * The Reshape of a tensor whose axes stay in order, while axes of size 1 are added or removed. The first size is copied
 * if it is the tensor's own first size, the batch.
 */
export function reshapeTo(
  node: Pick<NodeOf<'Reshape'>, 'name' | 'output'>,
  input: string,
  [first, ...sizes]: readonly number[],
  keepsFirst: boolean,
): NodeOf<'Reshape'> {
  return {
    ...node,
    op: 'Reshape',
    inputs: [input],
    attributes: { shape: first === undefined ? [] : [keepsFirst ? 0 : first, ...sizes] },
  }
}

export const reshape: OnnxOp<NodeOf<'Reshape'>> = {
  read: (source) => {
    const { name, inputs, output, fixedBatch } = source
    operands(source, 2)
    const given = sizes(source, 1, 'shape', 0)
    if (source.attributes.flag('allowzero', false) && given.includes(0))
      refuse(source, 'a size of 0 is not supported', 'export it with allowzero = 0')
    if (given.some((size) => size < -1) || given.indexOf(-1) !== given.lastIndexOf(-1))
      refuse(source, `${bracketed(given)} is not a shape to reshape to`, CONTRADICTION)
    const shape = fixedBatch !== undefined && given[0] === fixedBatch ? [0, ...given.slice(1)] : given
    return { nodes: [{ name, op: 'Reshape', inputs: [inputs[0]], output, attributes: { shape } }] }
  },
  write: ({ attributes: { shape } }) => ({
    inputs: { shape: wholes(shape) },
  }),
  batch: { mend: WRITE_FREE, asked: ({ attributes }) => `to ${bracketed(attributes.shape)} ` },
}
