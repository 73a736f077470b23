import { OctetError } from '../error.ts'
import { elements, type Shape } from '../tensor/tensor.ts'

/**
 * Visits a row-major tensor in runs of one channel, `visit(channel, start, end)` over its elements. With `axis` null
 * that is one run of channel 0.
 * @throws OctetError when the shape has no such axis.
 */
export function forEachChannel(
  shape: Shape,
  axis: number | null,
  visit: (channel: number, start: number, end: number) => void,
): void {
  const total = elements(shape)
  if (axis === null) return visit(0, 0, total)
  const channels = shape[axis]
  if (channels === undefined) throw new OctetError(`the shape [${shape.join(', ')}] has no axis ${axis}`)
  const run = elements(shape.slice(axis + 1))
  for (let start = 0, channel = 0; start < total; start += run, channel = (channel + 1) % channels)
    visit(channel, start, start + run)
}
