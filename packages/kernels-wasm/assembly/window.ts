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
