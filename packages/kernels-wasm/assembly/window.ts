import { Target } from './requantize'

/** An op that moves a window over images. The host writes the words in this order (src/ops/window.ts). */
@unmanaged
export class Window extends Target {
  height: i32
  width: i32
  outHeight: i32
  outWidth: i32
  kernelY: i32
  kernelX: i32
  strideY: i32
  strideX: i32
  top: i32
  left: i32
  dilationY: i32
  dilationX: i32
}

/** The part of a window's axis that is inside the image: taps `first` to `end`. */
@inline
export function firstInside(start: i32, dilation: i32): i32 {
  return start < 0 ? (dilation - 1 - start) / dilation : 0
}

@inline
export function endInside(start: i32, dilation: i32, kernel: i32, size: i32): i32 {
  return start >= size ? 0 : min(kernel, (size - 1 - start) / dilation + 1)
}
