import type { Shape } from '../../tensor/tensor.ts'
import { bracketed, CONTRADICTION, fail } from '../message.ts'
import type { LayerOp } from '../record.ts'
import type { NodeOf } from '../spec.ts'
import { moving, straight, strideOf, type MoveSpec } from './move.ts'

/**
 * Turns channels into blocks of pixels. A channel's number counts, outermost first, the row and the column within the
 * block and the output's channel (DCR), or the output's channel, row and column (CRD).
 */
export type DepthToSpaceNode = NodeOf<
  'DepthToSpace',
  { readonly blocksize: number; readonly mode: 'DCR' | 'CRD' }
>

/** Turns blocks of pixels into channels. A channel's number counts row, column, and the input's channel. */
export type SpaceToDepthNode = NodeOf<'SpaceToDepth', { readonly blocksize: number }>

export const DepthToSpace: LayerOp<DepthToSpaceNode, MoveSpec> = moving({
  shape: (node, x) => {
    const { blocksize: block } = node.attributes
    if (x.length !== 4 || block < 1 || x[1] % block ** 2 !== 0)
      fail(node, `${bracketed(x)} does not split into blocks of ${block} by ${block} pixels`, CONTRADICTION)
    const [n, c, h, w] = x
    return [n, c / block ** 2, h * block, w * block]
  },
  offsets: (node, x) => {
    const { blocksize: block, mode } = node.attributes
    const [, channels, height, width] = DepthToSpace.shape(node, [x])
    const plane = strideOf(x, 1)
    const [channel, row, column] =
      mode === 'DCR'
        ? [plane, block * channels * plane, channels * plane]
        : [block ** 2 * plane, block * plane, plane]
    const within = (size: number, stride: number, inBlock: number): number[] =>
      Array.from({ length: size }, (_, i) => Math.floor(i / block) * stride + (i % block) * inBlock)
    return [
      straight(x, 0),
      Array.from({ length: channels }, (_, c) => c * channel),
      within(height, x[3], row),
      within(width, 1, column),
    ]
  },
})

export const SpaceToDepth: LayerOp<SpaceToDepthNode, MoveSpec> = moving({
  shape: (node, x) => {
    const { blocksize: block } = node.attributes
    if (x.length !== 4 || block < 1 || x[2] % block !== 0 || x[3] % block !== 0)
      fail(node, `${bracketed(x)} does not split into blocks of ${block} by ${block} pixels`, CONTRADICTION)
    const [n, c, h, w] = x
    return [n, c * block ** 2, h / block, w / block]
  },
  offsets: ({ attributes: { blocksize: block } }, x) => {
    const [, channels, height, width] = x
    const every = (axis: Shape[number], size: number): number[] =>
      Array.from({ length: size / block }, (_, i) => i * block * strideOf(x, axis))
    return [
      straight(x, 0),
      Array.from({ length: channels * block ** 2 }, (_, m) => {
        const place = Math.floor(m / channels)
        return (m % channels) * strideOf(x, 1) + Math.floor(place / block) * width + (place % block)
      }),
      every(2, height),
      every(3, width),
    ]
  },
})
