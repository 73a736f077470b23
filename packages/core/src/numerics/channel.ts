import { OctetError } from '../error.ts'
import { elements, type Shape } from '../tensor/tensor.ts'

/**
 * Visits a row-major tensor in runs of one channel: `visit(channel, start, end)` covers its elements. If `axis` is
 * null, there is one run of channel 0.
 * @throws OctetError if the shape has no such axis.
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

/**
 * The number of blocks of `blockSize` in a tensor, which is the number of its scales. The last block along the axis may
 * be short.
 */
export function countBlocks(shape: Shape, axis: number, blockSize: number): number {
  checkBlocks(shape, axis, blockSize)
  return elements(shape.with(axis, Math.ceil(shape[axis] / blockSize)))
}

/**
 * Visits a row-major tensor in runs of one block, `visit(block, start, end)`. A block is `blockSize` elements along
 * `axis`. Blocks are numbered like ONNX's scales: in the tensor's order, with the size of that axis divided by
 * `blockSize`.
 * @throws OctetError if the shape has no such axis, or if the block size is not a positive integer.
 */
export function forEachBlock(
  shape: Shape,
  axis: number,
  blockSize: number,
  visit: (block: number, start: number, end: number) => void,
): void {
  checkBlocks(shape, axis, blockSize)
  const size = shape[axis]
  const across = Math.ceil(size / blockSize)
  const inner = elements(shape.slice(axis + 1))
  const outer = elements(shape.slice(0, axis))
  for (let row = 0; row < outer; row++) {
    const [start, block] = [row * size * inner, row * across * inner]
    if (inner === 1)
      for (let i = 0; i < across; i++)
        visit(block + i, start + i * blockSize, start + Math.min((i + 1) * blockSize, size))
    else
      for (let i = 0; i < size * inner; i++)
        visit(block + Math.floor(i / (blockSize * inner)) * inner + (i % inner), start + i, start + i + 1)
  }
}

function checkBlocks(shape: Shape, axis: number, blockSize: number): void {
  if (shape[axis] === undefined) throw new OctetError(`the shape [${shape.join(', ')}] has no axis ${axis}`)
  if (!Number.isInteger(blockSize) || blockSize < 1)
    throw new OctetError(`blocks of ${blockSize} elements`, 'give a positive whole number')
}
