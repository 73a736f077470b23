import type { ConvSpec } from '../kernel/spec.ts'
import { multiply } from './gemm.ts'

/**
 * Σ x * w for every output of a convolution, in float64, as [N, oH, oW, M]: padding contributes 0, so integers come
 * with their zero point already subtracted.
 */
export function convolve(spec: ConvSpec, x: Float64Array, w: Float64Array): Float64Array {
  const [batch, channels, height, width] = spec.inputs[0].shape
  const [, outputs, outHeight, outWidth] = spec.output.shape
  const positions = outHeight * outWidth
  const [perGroup, outPerGroup] = [channels / spec.group, outputs / spec.group]
  const size = { p: positions, m: outPerGroup, k: perGroup * spec.kernel[0] * spec.kernel[1] }
  const out = new Float64Array(batch * positions * outputs)
  const patches = new Float64Array(size.p * size.k)
  for (let n = 0; n < batch; n++)
    for (let g = 0; g < spec.group; g++) {
      const first = (n * channels + g * perGroup) * height * width
      gather(spec, x, first, perGroup, patches)
      const weights = w.subarray(g * outPerGroup * size.k, (g + 1) * outPerGroup * size.k)
      multiply(patches, weights, size, out, {
        offset: n * positions * outputs + g * outPerGroup,
        stride: outputs,
      })
    }
  return out
}

/** Copies the input under each window position into a row of `patches`, [positions, channels * kH * kW]. */
function gather(
  spec: ConvSpec,
  x: Float64Array,
  first: number,
  channels: number,
  patches: Float64Array,
): void {
  const [, , height, width] = spec.inputs[0].shape
  const [, , outHeight, outWidth] = spec.output.shape
  const [kernelHeight, kernelWidth] = spec.kernel
  const [top, left] = spec.pads
  const taps = kernelHeight * kernelWidth
  const k = channels * taps
  for (let c = 0; c < channels; c++)
    for (let ky = 0; ky < kernelHeight; ky++)
      for (let kx = 0; kx < kernelWidth; kx++) {
        const column = c * taps + ky * kernelWidth + kx
        for (let oy = 0; oy < outHeight; oy++) {
          const iy = oy * spec.strides[0] - top + ky * spec.dilations[0]
          const row = first + (c * height + iy) * width
          let target = oy * outWidth * k + column
          let ix = kx * spec.dilations[1] - left
          const inside = iy >= 0 && iy < height
          for (let ox = 0; ox < outWidth; ox++, target += k, ix += spec.strides[1])
            patches[target] = inside && ix >= 0 && ix < width ? x[row + ix] : 0
        }
      }
}
