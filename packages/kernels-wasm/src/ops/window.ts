import type { Shape, Window } from '@octet/core'
import type { Target } from './op.ts'

/** Sizes of a window's input images and output images. A matrix is images of one pixel. */
export type Image = readonly [height: number, width: number, outHeight: number, outWidth: number]

export function imageOf([, , height = 1, width = 1]: Shape, [, , outHeight = 1, outWidth = 1]: Shape): Image {
  return [height, width, outHeight, outWidth]
}

/** The words of `Window` in assembly/window.ts, in order. */
export function windowWords(
  target: Target,
  image: Image,
  { kernel, strides, pads, dilations }: Window,
): number[] {
  return [...target, ...image, ...kernel, ...strides, pads[0], pads[1], ...dilations]
}
