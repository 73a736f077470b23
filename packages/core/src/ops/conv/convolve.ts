import { multiply } from '../compute/product.ts'
import type { Window } from '../spec.ts'
import type { Tensors } from '../record.ts'

interface Convolution extends Tensors, Window {
  readonly group: number
}

/**
 * Σ x * w for every output of a convolution, in float64, in the output's order [N,M,oH,oW]. Padding contributes 0,
 * because the zero point has already been subtracted from integers.
 */
export function convolve(spec: Convolution, x: Float64Array, w: Float64Array): Float64Array {
  const [batch, channels, height, width] = spec.inputs[0].shape
  const [, outputs, outHeight, outWidth] = spec.output.shape
  const positions = outHeight * outWidth
  const [perGroup, outPerGroup] = [channels / spec.group, outputs / spec.group]
  const size = { p: positions, m: outPerGroup, k: perGroup * spec.kernel[0] * spec.kernel[1] }
  const out = new Float64Array(batch * outputs * positions)
  const patches = new Float64Array(perGroup === 1 ? 0 : size.p * size.k)
  for (let n = 0; n < batch; n++)
    for (let g = 0; g < spec.group; g++) {
      const first = (n * channels + g * perGroup) * height * width
      const weights = w.subarray(g * outPerGroup * size.k, (g + 1) * outPerGroup * size.k)
      const offset = (n * outputs + g * outPerGroup) * positions
      if (perGroup === 1) {
        for (let m = 0; m < outPerGroup; m++)
          slide(spec, x, first, weights.subarray(m * size.k, (m + 1) * size.k), out, offset + m * positions)
        continue
      }
      gather(spec, x, first, perGroup, patches)
      multiply(patches, weights, size, out, { offset, row: 1, weight: positions })
    }
  return out
}

/** The range of output columns whose input column `ox * stride + shift` lies inside the width. */
function inside(outWidth: number, width: number, stride: number, shift: number): readonly [number, number] {
  return [
    Math.max(0, Math.ceil(-shift / stride)),
    Math.min(outWidth, Math.floor((width - 1 - shift) / stride) + 1),
  ]
}

/** Convolves one channel with one filter, one tap at a time over whole rows. */
function slide(
  spec: Convolution,
  x: Float64Array,
  first: number,
  filter: Float64Array,
  out: Float64Array,
  offset: number,
): void {
  const [, , height, width] = spec.inputs[0].shape
  const [, , outHeight, outWidth] = spec.output.shape
  const [strideY, strideX] = spec.strides
  for (let tap = 0; tap < filter.length; tap++) {
    const weight = filter[tap]
    const shiftY = Math.floor(tap / spec.kernel[1]) * spec.dilations[0] - spec.pads[0]
    const shiftX = (tap % spec.kernel[1]) * spec.dilations[1] - spec.pads[1]
    const [from, to] = inside(outWidth, width, strideX, shiftX)
    for (let oy = 0; oy < outHeight; oy++) {
      const iy = oy * strideY + shiftY
      if (iy < 0 || iy >= height) continue
      const row = first + iy * width + shiftX
      const target = offset + oy * outWidth
      for (let ox = from; ox < to; ox++) out[target + ox] += weight * x[row + ox * strideX]
    }
  }
}

/** Copies the input under each window position into a row of `patches`, [positions, channels * kH * kW]. */
function gather(
  spec: Convolution,
  x: Float64Array,
  first: number,
  channels: number,
  patches: Float64Array,
): void {
  const [, , height, width] = spec.inputs[0].shape
  const [, , outHeight, outWidth] = spec.output.shape
  const taps = spec.kernel[0] * spec.kernel[1]
  const k = channels * taps
  patches.fill(0)
  for (let column = 0; column < k; column++) {
    const tap = column % taps
    const shiftY = Math.floor(tap / spec.kernel[1]) * spec.dilations[0] - spec.pads[0]
    const shiftX = (tap % spec.kernel[1]) * spec.dilations[1] - spec.pads[1]
    const [from, to] = inside(outWidth, width, spec.strides[1], shiftX)
    const plane = first + Math.floor(column / taps) * height * width
    for (let oy = 0; oy < outHeight; oy++) {
      const iy = oy * spec.strides[0] + shiftY
      if (iy < 0 || iy >= height) continue
      const row = plane + iy * width + shiftX
      const target = oy * outWidth * k + column
      for (let ox = from; ox < to; ox++) patches[target + ox * k] = x[row + ox * spec.strides[1]]
    }
  }
}
