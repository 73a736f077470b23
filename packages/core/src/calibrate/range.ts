import { OctetError } from '../error.ts'
import { countBlocks, forEachBlock, forEachChannel } from '../numerics/channel.ts'
import type { Range } from '../numerics/qparams.ts'
import type { Tensor } from '../tensor/tensor.ts'

/**
 * The exact smallest and largest value of each channel along `axis`, or of the whole tensor (one range) if `axis` is
 * null. Messages call the tensor `name`.
 * @throws OctetError if a value is not finite, or if there are no values.
 */
export function rangesOf(x: Tensor<'float32'>, axis: number | null, name = 'tensor'): Range[] {
  return extremes(x, axis === null ? 1 : x.shape[axis], name, (visit) => forEachChannel(x.shape, axis, visit))
}

/**
 * The exact smallest and largest value of each block of `blockSize` elements along `axis`, in the order of
 * `QParams.scale`.
 * @throws OctetError if a value is not finite, or if there are no values.
 */
export function blockRangesOf(
  x: Tensor<'float32'>,
  axis: number,
  blockSize: number,
  name = 'tensor',
): Range[] {
  return extremes(x, countBlocks(x.shape, axis, blockSize), name, (visit) =>
    forEachBlock(x.shape, axis, blockSize, visit),
  )
}

type Visit = (group: number, start: number, end: number) => void

function extremes(
  x: Tensor<'float32'>,
  groups: number,
  name: string,
  forEach: (visit: Visit) => void,
): Range[] {
  const min = new Float32Array(groups).fill(Infinity)
  const max = new Float32Array(groups).fill(-Infinity)
  forEach((group, start, end) => {
    for (let i = start; i < end; i++) {
      const value = x.data[i]
      if (!Number.isFinite(value))
        throw new OctetError(`${name}: element ${i} is ${value}`, 'repair the model or the data it came from')
      if (value < min[group]) min[group] = value
      if (value > max[group]) max[group] = value
    }
  })
  if (x.data.length === 0)
    throw new OctetError(`${name}: shape [${x.shape.join(', ')}] has no elements, so no range`)
  return Array.from(min, (low, group) => ({ min: low + 0, max: max[group] + 0 }))
}
