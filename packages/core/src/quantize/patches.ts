import type { ConvSpec } from '../ops/conv/conv.ts'
import type { GemmSpec } from '../ops/gemm.ts'
import { NO_PADS, type Window } from '../ops/spec.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** A Conv, or a Gemm as a 1x1 Conv over one pixel. */
interface Geometry extends Window {
  readonly batch: number
  readonly channels: number
  readonly height: number
  readonly width: number
  readonly outHeight: number
  readonly outWidth: number
  readonly group: number
}

function geometryOf(spec: ConvSpec | GemmSpec): Geometry {
  const [batch, channels, height = 1, width = 1] = spec.inputs[0].shape
  const [, , outHeight = 1, outWidth = 1] = spec.output.shape
  const size = { batch, channels, height, width, outHeight, outWidth }
  if ('kernel' in spec) return { ...size, ...spec }
  return { ...size, kernel: [1, 1], strides: [1, 1], pads: NO_PADS, dilations: [1, 1], group: 1 }
}

/** The number of output positions of a layer over its whole batch. Each position has one patch of the input. */
export function positionsOf(spec: ConvSpec | GemmSpec): number {
  const { batch, outHeight, outWidth } = geometryOf(spec)
  return batch * outHeight * outWidth
}

/**
 * The inputs of one group's products at some output positions, one row per position, in the order of the weights:
 * [positions, C/group * kH * kW]. Padding is 0.
 */
export function gatherPatches(
  spec: ConvSpec | GemmSpec,
  { data }: Tensor<'float32'>,
  group: number,
  positions: Int32Array,
): Float64Array {
  const g = geometryOf(spec)
  const channels = g.channels / g.group
  const taps = g.kernel[0] * g.kernel[1]
  const rows = new Float64Array(positions.length * channels * taps)
  for (const [row, position] of positions.entries()) {
    const ox = position % g.outWidth
    const oy = Math.floor(position / g.outWidth) % g.outHeight
    const n = Math.floor(position / (g.outWidth * g.outHeight))
    for (let tap = 0; tap < taps; tap++) {
      const iy = oy * g.strides[0] - g.pads[0] + Math.floor(tap / g.kernel[1]) * g.dilations[0]
      const ix = ox * g.strides[1] - g.pads[1] + (tap % g.kernel[1]) * g.dilations[1]
      if (iy < 0 || iy >= g.height || ix < 0 || ix >= g.width) continue
      const first = ((n * g.channels + group * channels) * g.height + iy) * g.width + ix
      for (let c = 0; c < channels; c++)
        rows[(row * channels + c) * taps + tap] = data[first + c * g.height * g.width]
    }
  }
  return rows
}

/** The mean of all patches of the batch, [C, kH, kW]. The groups follow one another. */
export function meanPatch(spec: ConvSpec | GemmSpec, { data }: Tensor<'float32'>): Float64Array {
  const g = geometryOf(spec)
  const taps = g.kernel[0] * g.kernel[1]
  const mean = new Float64Array(g.channels * taps)
  for (let plane = 0; plane < g.batch * g.channels; plane++)
    for (let tap = 0; tap < taps; tap++) {
      const top = Math.floor(tap / g.kernel[1]) * g.dilations[0] - g.pads[0]
      const left = (tap % g.kernel[1]) * g.dilations[1] - g.pads[1]
      let sum = 0
      for (let oy = 0; oy < g.outHeight; oy++) {
        const iy = oy * g.strides[0] + top
        if (iy < 0 || iy >= g.height) continue
        const line = (plane * g.height + iy) * g.width
        for (let ox = 0; ox < g.outWidth; ox++) {
          const ix = ox * g.strides[1] + left
          if (ix >= 0 && ix < g.width) sum += data[line + ix]
        }
      }
      mean[(plane % g.channels) * taps + tap] += sum
    }
  const positions = g.batch * g.outHeight * g.outWidth
  return mean.map((sum) => sum / positions)
}
