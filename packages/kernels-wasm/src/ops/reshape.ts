import { bytesPerElement, type OpSpec } from '@octet/core'
import { layoutOf } from '../memory/layout.ts'
import { moveWords, SUFFIX } from './move-words.ts'
import { type Op, single } from './op.ts'

/** Whether a Reshape moves nothing, because both shapes are stored in row-major order, or in the same layout. */
export function isView({ op, inputs, output }: OpSpec): boolean {
  if (op !== 'Reshape') return false
  const [x, y] = [layoutOf(inputs[0].shape), layoutOf(output.shape)]
  const rowMajor = [x, y].every(
    ({ channels, stored, positions }) => stored === channels && (channels === 1 || positions === 1),
  )
  return rowMajor || (x.channels === y.channels && x.images === y.images)
}

/** The words have the order of `Reshape` in assembly/ops/reshape.ts. */
export const reshape: Op<'Reshape'> = {
  plan(spec, _, { shelf }) {
    const [x, y] = [layoutOf(spec.inputs[0].shape), layoutOf(spec.output.shape)]
    const size = bytesPerElement(spec.output.dtype)
    const view = isView(spec)
    const [kernel, cycles] = view
      ? ['copyStorage', (y.count * size) / 16]
      : [`reshape${SUFFIX[size]}`, 3 * y.count]
    const words = [...moveWords(x, y), y.images, y.count * size]
    return { ...single(shelf, { kernel, tiles: 1, cycles }, words), isView: view }
  },
}
