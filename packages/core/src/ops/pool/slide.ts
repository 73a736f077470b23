import type { Window } from '../spec.ts'
import type { Tensors } from '../record.ts'

/** Calls `visit` once an output element with the input offsets under its window (`count` of them) that lie inside. */
export function overWindows(
  spec: Tensors & Window,
  visit: (output: number, offsets: Int32Array, count: number) => void,
): void {
  const [batch, channels, height, width] = spec.inputs[0].shape
  const [, , outHeight, outWidth] = spec.output.shape
  const offsets = new Int32Array(spec.kernel[0] * spec.kernel[1])
  let output = 0
  for (let plane = 0; plane < batch * channels; plane++)
    for (let oy = 0; oy < outHeight; oy++)
      for (let ox = 0; ox < outWidth; ox++) {
        let count = 0
        for (let ky = 0; ky < spec.kernel[0]; ky++) {
          const iy = oy * spec.strides[0] - spec.pads[0] + ky * spec.dilations[0]
          if (iy < 0 || iy >= height) continue
          for (let kx = 0; kx < spec.kernel[1]; kx++) {
            const ix = ox * spec.strides[1] - spec.pads[1] + kx * spec.dilations[1]
            if (ix >= 0 && ix < width) offsets[count++] = (plane * height + iy) * width + ix
          }
        }
        visit(output++, offsets, count)
      }
}
