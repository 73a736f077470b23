import { bytesPerElement } from '@octet/core'
import { layoutOf } from '../memory/layout.ts'
import { moveWords, SUFFIX } from './move-words.ts'
import { type Op, single } from './op.ts'

/**
 * A Reshape moves nothing where both shapes are stored in row-major order, or alike. The words are in the order of
 * `Reshape` in assembly/ops/reshape.ts.
 */
export const reshape: Op<'Reshape'> = {
  plan(spec, _, { shelf }) {
    const [x, y] = [layoutOf(spec.inputs[0].shape), layoutOf(spec.output.shape)]
    const size = bytesPerElement(spec.output.dtype)
    const rowMajor = [x, y].every(
      ({ channels, stored, positions }) => stored === channels && (channels === 1 || positions === 1),
    )
    const copies = rowMajor || (x.channels === y.channels && x.images === y.images)
    const [kernel, cycles] = copies
      ? ['copyStorage', (y.count * size) / 16]
      : [`reshape${SUFFIX[size]}`, 3 * y.count]
    return single(shelf, { kernel, tiles: 1, cycles }, [...moveWords(x, y), y.images, y.count * size])
  },
}
