import { type ConvNode, elements } from '@octet/core'
import type { Matrix, Operator } from '@octet/core/training'
import type { Bind } from './bind.ts'
import { Unfolding } from './unfolding.ts'
import { matrixOf, transpose } from './matrix.ts'
import { slide } from './window.ts'
import { spreadBias, sumPositions } from './bias.ts'
import { Conv3x3 } from './conv-3x3.ts'
import { bindDepthwise } from './depthwise.ts'

const ADDED = { alpha: 1, add: true }
const ALONE = { alpha: 1, add: false }

/**
 * Computes a Conv as one matrix product per sample and group: W [M/g, C/g * kH * kW] times the unfolded image. A 1 x 1
 * window with stride 1 needs no unfolding. Groups of one channel have their own loops, and so do 3 x 3 windows for
 * which a product is not worthwhile.
 */
export const bindConv: Bind<ConvNode> = (node, inputs, output, { multiply, fast }): Operator => {
  const [x, w, b] = inputs
  const { group } = node.attributes
  if (w.shape[1] === 1 && group > 1) return bindDepthwise(node, inputs, output)
  const sliding = slide(node.attributes, x.shape, output.shape)
  const channels = w.shape[1]
  const filters = w.shape[0] / group
  const taps = elements(w.shape.slice(1))
  const positions = sliding.outHeight * sliding.outWidth
  const plane = sliding.height * sliding.width
  const direct = isPointwise(node)
  const small = Conv3x3.fits(sliding) ? new Conv3x3({ channels, filters }, sliding) : undefined
  /** Whether loops compute the forward step, instead of products over an unfolded image. */
  const loops = small?.steps && !(fast && filters >= 8 && taps >= 32)
  const unfolding = new Unfolding(sliding)
  const columns = matrixOf(new Float32Array(direct ? 0 : taps * positions), taps, positions)
  const columnGrads = matrixOf(new Float32Array(direct ? 0 : taps * positions), taps, positions)

  const unfold = (from: number): Matrix => {
    if (direct) return matrixOf(x.data, taps, positions, from)
    unfolding.unfold(columns.data, x.data, from, channels)
    return columns
  }
  const imageAt = (sample: number, g: number): number => (sample * group + g) * channels * plane
  const weightsOf = (data: Float32Array, g: number): Matrix =>
    matrixOf(data, filters, taps, g * filters * taps)
  const resultsOf = (data: Float32Array, sample: number, g: number): Matrix =>
    matrixOf(data, filters, positions, (sample * group + g) * filters * positions)

  return {
    forward(batch) {
      if (loops) {
        for (let sample = 0; sample < batch; sample++)
          for (let g = 0; g < group; g++) {
            const to = (sample * group + g) * filters * positions
            small.forward(x.data, imageAt(sample, g), w.data, b?.data, output.data, to, g * filters)
          }
        return
      }
      if (b === undefined) output.data.fill(0, 0, batch * elements(output.shape))
      else spreadBias(output, b, batch, positions)
      for (let sample = 0; sample < batch; sample++)
        for (let g = 0; g < group; g++) {
          const image = unfold(imageAt(sample, g))
          multiply(resultsOf(output.data, sample, g), weightsOf(w.data, g), image, ADDED)
        }
    },
    backward(batch) {
      const { grad: dy } = output
      const { grad: dx } = x
      if (dy === null) return
      if (b?.grad) sumPositions(b.grad, dy, batch, positions)
      for (let sample = 0; sample < batch; sample++)
        for (let g = 0; g < group; g++) {
          const from = imageAt(sample, g)
          const to = (sample * group + g) * filters * positions
          if (small?.backward(x.data, dx, from, w.data, w.grad, dy, to, g * filters)) continue
          const errors = resultsOf(dy, sample, g)
          if (w.grad !== null) multiply(weightsOf(w.grad, g), errors, transpose(unfold(from)), ADDED)
          if (dx === null) continue
          const weights = transpose(weightsOf(w.data, g))
          if (direct) multiply(matrixOf(dx, taps, positions, from), weights, errors, ADDED)
          else {
            multiply(columnGrads, weights, errors, ALONE)
            unfolding.fold(dx, from, columnGrads.data, channels)
          }
        }
    },
  }
}

function isPointwise({ attributes: { kernel, strides, pads } }: ConvNode): boolean {
  return [...kernel, ...strides].every((size) => size === 1) && pads.every((size) => size === 0)
}
