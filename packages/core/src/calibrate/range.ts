import { OctetError } from '../error.ts'
import { forEachChannel } from '../numerics/channel.ts'
import type { Range } from '../numerics/qparams.ts'
import type { Tensor } from '../tensor/tensor.ts'

/**
 * Smallest and largest value of each channel along `axis`, or of the whole tensor (one range) when it is null. Exact.
 * `name` is what the tensor is called in messages.
 * @throws OctetError when a value is not finite, or there are none.
 */
export function rangesOf(x: Tensor<'float32'>, axis: number | null, name = 'tensor'): Range[] {
  const channels = axis === null ? 1 : x.shape[axis]
  const min = new Float32Array(channels).fill(Infinity)
  const max = new Float32Array(channels).fill(-Infinity)
  forEachChannel(x.shape, axis, (channel, start, end) => {
    for (let i = start; i < end; i++) {
      const value = x.data[i]
      if (!Number.isFinite(value))
        throw new OctetError(`${name}: element ${i} is ${value}`, 'repair the model or the data it came from')
      if (value < min[channel]) min[channel] = value
      if (value > max[channel]) max[channel] = value
    }
  })
  if (x.data.length === 0)
    throw new OctetError(`${name}: shape [${x.shape.join(', ')}] has no elements, so no range`)
  return Array.from(min, (low, channel) => ({ min: low + 0, max: max[channel] + 0 }))
}
