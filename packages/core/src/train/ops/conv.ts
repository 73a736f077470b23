import type { ConvNode } from '../../model/graph.ts'
import { elements } from '../../tensor/tensor.ts'
import { col2im, im2col } from '../im2col.ts'
import { multiply, transpose, type Matrix } from '../matrix.ts'
import { slide } from '../window.ts'
import type { Bind, Operator } from '../operator.ts'
import { spreadBias, sumPositions } from './bias.ts'
import { bindDepthwise } from './depthwise.ts'

/**
 * Conv as one matrix product a sample and group: W [M/g, C/g * kH * kW] times the unfolded image. A 1 x 1 window that
 * moves by one needs no unfolding; one channel a group is the depthwise loop.
 */
export const bindConv: Bind<ConvNode> = (node, inputs, output): Operator => {
  const [x, w, b] = inputs
  if (w.shape[1] === 1 && node.attributes.group > 1) return bindDepthwise(node, inputs, output)
  const { group } = node.attributes
  const sliding = slide(node.attributes, x.shape, output.shape)
  const channels = w.shape[1]
  const filters = w.shape[0] / group
  const taps = elements(w.shape.slice(1))
  const positions = sliding.outHeight * sliding.outWidth
  const plane = sliding.height * sliding.width
  const direct = isPointwise(node)
  const columns = new Float32Array(direct ? 0 : taps * positions)
  const columnGrads = new Float32Array(direct || x.grad === null ? 0 : taps * positions)

  const columnsOf = (data: Float32Array, at: number): Matrix =>
    direct ? matrix(data, at, positions) : matrix(columns, 0, positions)

  return {
    forward(batch) {
      if (b === undefined) output.data.fill(0, 0, batch * elements(output.shape))
      else spreadBias(output, b, batch, positions)
      eachGroup(batch, (sample, g) => {
        const from = (sample * group + g) * channels * plane
        const to = (sample * group + g) * filters * positions
        if (!direct) im2col(columns, x.data, from, channels, sliding)
        const weights = matrix(w.data, g * filters * taps, taps)
        multiply(
          matrix(output.data, to, positions),
          weights,
          columnsOf(x.data, from),
          filters,
          positions,
          taps,
          {
            add: true,
          },
        )
      })
    },
    backward(batch) {
      const dy = output.grad
      if (dy === null) return
      if (b?.grad) sumPositions(b.grad, dy, batch, positions)
      eachGroup(batch, (sample, g) => {
        const from = (sample * group + g) * channels * plane
        const errors = matrix(dy, (sample * group + g) * filters * positions, positions)
        const weightsAt = g * filters * taps
        if (w.grad !== null) {
          if (!direct) im2col(columns, x.data, from, channels, sliding)
          const dw = matrix(w.grad, weightsAt, taps)
          multiply(dw, errors, transpose(columnsOf(x.data, from)), filters, taps, positions, { add: true })
        }
        if (x.grad !== null) {
          const weights = transpose(matrix(w.data, weightsAt, taps))
          if (direct) {
            multiply(matrix(x.grad, from, positions), weights, errors, taps, positions, filters, {
              add: true,
            })
          } else {
            multiply(matrix(columnGrads, 0, positions), weights, errors, taps, positions, filters)
            col2im(x.grad, from, columnGrads, channels, sliding)
          }
        }
      })
    },
  }

  function eachGroup(batch: number, visit: (sample: number, g: number) => void): void {
    for (let sample = 0; sample < batch; sample++) for (let g = 0; g < group; g++) visit(sample, g)
  }
}

function matrix(data: Float32Array, offset: number, row: number): Matrix {
  return { data, offset, row, column: 1 }
}

function isPointwise({ attributes: { kernel, strides, pads } }: ConvNode): boolean {
  return [...kernel, ...strides].every((size) => size === 1) && pads.every((size) => size === 0)
}
