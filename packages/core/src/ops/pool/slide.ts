import type { Window } from '../spec.ts'
import type { Tensors } from '../record.ts'

/**
 * The elements under the windows of one plane [H,W]. Output position p has the elements `offsets[starts[p]]` to
 * `offsets[starts[p + 1]]`, line by line, without padding.
 */
export interface Windows {
  readonly starts: Int32Array
  readonly offsets: Int32Array
}

/** The windows of a pool. Every plane has the same windows. */
export function windowsOver({ inputs, output, kernel, strides, pads, dilations }: Tensors & Window): Windows {
  const [, , height, width] = inputs[0].shape
  const [, , outHeight, outWidth] = output.shape
  const starts = new Int32Array(outHeight * outWidth + 1)
  const offsets = new Int32Array(outHeight * outWidth * kernel[0] * kernel[1])
  let [position, count] = [0, 0]
  for (let oy = 0; oy < outHeight; oy++)
    for (let ox = 0; ox < outWidth; ox++) {
      for (let ky = 0; ky < kernel[0]; ky++) {
        const iy = oy * strides[0] - pads[0] + ky * dilations[0]
        if (iy < 0 || iy >= height) continue
        for (let kx = 0; kx < kernel[1]; kx++) {
          const ix = ox * strides[1] - pads[1] + kx * dilations[1]
          if (ix >= 0 && ix < width) offsets[count++] = iy * width + ix
        }
      }
      starts[++position] = count
    }
  return { starts, offsets }
}
