import type { ConvNode } from '../../model/graph.ts'
import { elements } from '../../tensor/tensor.ts'
import { inside, slide } from '../window.ts'
import type { Operator, Value } from '../operator.ts'
import { spreadBias, sumPositions } from './bias.ts'

/** Conv with one input channel a group: each filter slides over one plane, tap by tap. */
export function bindDepthwise(node: ConvNode, inputs: readonly Value[], output: Value): Operator {
  const [x, w, b] = inputs
  const sliding = slide(node.attributes, x.shape, output.shape)
  const { width, outWidth } = sliding
  const [stepY, stepX] = sliding.strides
  const plane = sliding.height * width
  const positions = sliding.outHeight * outWidth
  const filters = w.shape[0]
  const multiplier = filters / node.attributes.group
  const taps = tapsOf()

  return {
    forward(batch) {
      if (b === undefined) output.data.fill(0, 0, batch * elements(output.shape))
      else spreadBias(output, b, batch, positions)
      const X = x.data
      const Y = output.data
      eachFilter(batch, (filter, from, to) => {
        for (let tap = 0; tap < taps.length; tap++) {
          const { startY, startX, firstY, endY, firstX, endX } = taps[tap]
          const weight = w.data[filter * taps.length + tap]
          for (let oy = firstY; oy < endY; oy++) {
            const end = to + oy * outWidth + endX
            let read = from + (oy * stepY + startY) * width + firstX * stepX + startX
            for (let at = to + oy * outWidth + firstX; at < end; at++, read += stepX)
              Y[at] += weight * X[read]
          }
        }
      })
    },
    backward(batch) {
      const dy = output.grad
      if (dy === null) return
      if (b?.grad) sumPositions(b.grad, dy, batch, positions)
      eachFilter(batch, (filter, from, to) => {
        for (let tap = 0; tap < taps.length; tap++) {
          const { startY, startX, firstY, endY, firstX, endX } = taps[tap]
          const weightAt = filter * taps.length + tap
          let sum = 0
          for (let oy = firstY; oy < endY; oy++) {
            const row = from + (oy * stepY + startY) * width + firstX * stepX + startX
            const first = to + oy * outWidth + firstX
            const end = to + oy * outWidth + endX
            for (let at = first, read = row; at < end; at++, read += stepX) sum += dy[at] * x.data[read]
            if (x.grad === null) continue
            const weight = w.data[weightAt]
            for (let at = first, read = row; at < end; at++, read += stepX) x.grad[read] += weight * dy[at]
          }
          if (w.grad !== null) w.grad[weightAt] += sum
        }
      })
    },
  }

  function eachFilter(batch: number, visit: (filter: number, from: number, to: number) => void): void {
    const channels = node.attributes.group
    for (let sample = 0; sample < batch; sample++)
      for (let filter = 0; filter < filters; filter++) {
        const channel = Math.floor(filter / multiplier)
        visit(filter, (sample * channels + channel) * plane, (sample * filters + filter) * positions)
      }
  }

  function tapsOf() {
    return Array.from({ length: sliding.kernel[0] * sliding.kernel[1] }, (_, tap) => {
      const startY = Math.floor(tap / sliding.kernel[1]) * sliding.dilations[0] - sliding.pads[0]
      const startX = (tap % sliding.kernel[1]) * sliding.dilations[1] - sliding.pads[1]
      const [firstY, endY] = inside(startY, stepY, sliding.height, sliding.outHeight)
      const [firstX, endX] = inside(startX, stepX, width, outWidth)
      return { startY, startX, firstY, endY, firstX, endX }
    })
  }
}
