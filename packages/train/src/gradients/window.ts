import type { Shape, Window } from '@octet/core'

/** A window that slides over planes of height x width, with outHeight x outWidth positions. */
export interface Sliding extends Window {
  readonly height: number
  readonly width: number
  readonly outHeight: number
  readonly outWidth: number
}

/** Slides a window over samples of shape [C, H, W] with outputs [M, outHeight, outWidth]. */
export function slide({ kernel, strides, pads, dilations }: Window, input: Shape, output: Shape): Sliding {
  const [, height, width] = input
  const [, outHeight, outWidth] = output
  return { kernel, strides, pads, dilations, height, width, outHeight, outWidth }
}

/**
 * The positions [first, end) along one axis at which a tap lies inside the input. Position o reads element `o * stride
 * + start`, where `start` is the tap's dilated index minus the leading padding.
 */
export function inside(
  start: number,
  stride: number,
  size: number,
  positions: number,
): [first: number, end: number] {
  const first = Math.min(positions, Math.max(0, Math.ceil(-start / stride)))
  const end = Math.min(positions, Math.floor((size - 1 - start) / stride) + 1)
  return [first, Math.max(first, end)]
}

/** The offset that a tap reads at position [0, 0], and the positions [first, end) at which it lies inside the plane. */
interface Landing {
  readonly startY: number
  readonly startX: number
  readonly firstY: number
  readonly endY: number
  readonly firstX: number
  readonly endX: number
}

/** The landing of each tap, row by row. */
export function landings({ kernel, strides, pads, dilations, ...s }: Sliding): Landing[] {
  return Array.from({ length: kernel[0] * kernel[1] }, (_, tap) => {
    const startY = Math.floor(tap / kernel[1]) * dilations[0] - pads[0]
    const startX = (tap % kernel[1]) * dilations[1] - pads[1]
    const [firstY, endY] = inside(startY, strides[0], s.height, s.outHeight)
    const [firstX, endX] = inside(startX, strides[1], s.width, s.outWidth)
    return { startY, startX, firstY, endY, firstX, endX }
  })
}

/** For each position along one axis, the start of its window and the taps [first, end) that lie inside the input. */
export interface Taps {
  readonly start: Int32Array
  readonly first: Int32Array
  readonly end: Int32Array
}

/** The taps along height (axis 0) or width (axis 1). */
export function tapsOf({ kernel, strides, pads, dilations, ...s }: Sliding, axis: 0 | 1): Taps {
  const [size, positions] = axis === 0 ? [s.height, s.outHeight] : [s.width, s.outWidth]
  const start = Int32Array.from({ length: positions }, (_, position) => position * strides[axis] - pads[axis])
  const bounds = Array.from(start, (from) => inside(from, dilations[axis], size, kernel[axis]))
  return {
    start,
    first: Int32Array.from(bounds, ([first]) => first),
    end: Int32Array.from(bounds, ([, end]) => end),
  }
}
