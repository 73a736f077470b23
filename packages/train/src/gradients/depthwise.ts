import { type ConvNode, elements } from '@octet/core'
import type { Operator, Value } from '@octet/core/training'
import { landings, slide, type Sliding } from './window.ts'
import { spreadBias, sumPositions } from './bias.ts'
import { depthwise3x3, type PlaneLoop, type PlaneLoops } from './depthwise-3x3.ts'

/** A Conv with one input channel per group: each filter slides over one plane. */
export function bindDepthwise(node: ConvNode, inputs: readonly Value[], output: Value): Operator {
  const [x, w, b] = inputs
  const sliding = slide(node.attributes, x.shape, output.shape)
  const plane = sliding.height * sliding.width
  const positions = sliding.outHeight * sliding.outWidth
  const filters = w.shape[0]
  const { group } = node.attributes
  const loops = depthwise3x3(x, w, output, sliding) ?? tapByTap(x, w, output, sliding)

  function eachFilter(batch: number, visit: PlaneLoop): void {
    for (let sample = 0; sample < batch; sample++)
      for (let filter = 0; filter < filters; filter++) {
        const channel = Math.floor((filter * group) / filters)
        visit(filter, (sample * group + channel) * plane, (sample * filters + filter) * positions)
      }
  }

  return {
    forward(batch) {
      if (b === undefined) output.data.fill(0, 0, batch * elements(output.shape))
      else spreadBias(output, b, batch, positions)
      eachFilter(batch, loops.forward)
    },
    backward(batch) {
      if (output.grad === null) return
      if (b?.grad) sumPositions(b.grad, output.grad, batch, positions)
      eachFilter(batch, loops.backward)
    },
  }
}

/** Loops for any window: each tap in turn slides over the positions where it lies inside the plane. */
function tapByTap(x: Value, w: Value, y: Value, s: Sliding): PlaneLoops {
  const { width, outWidth } = s
  const [stepY, stepX] = s.strides
  const taps = landings(s)
  return {
    forward(filter, from, to) {
      for (const [tap, { startY, startX, firstY, endY, firstX, endX }] of taps.entries()) {
        const weight = w.data[filter * taps.length + tap]
        for (let oy = firstY; oy < endY; oy++) {
          const end = to + oy * outWidth + endX
          let read = from + (oy * stepY + startY) * width + firstX * stepX + startX
          for (let at = to + oy * outWidth + firstX; at < end; at++, read += stepX)
            y.data[at] += weight * x.data[read]
        }
      }
    },
    backward(filter, from, to) {
      const dy = y.grad!
      for (const [tap, { startY, startX, firstY, endY, firstX, endX }] of taps.entries()) {
        const weightAt = filter * taps.length + tap
        const weight = w.data[weightAt]
        let sum = 0
        for (let oy = firstY; oy < endY; oy++) {
          const row = from + (oy * stepY + startY) * width + firstX * stepX + startX
          const first = to + oy * outWidth + firstX
          const end = to + oy * outWidth + endX
          for (let at = first, read = row; at < end; at++, read += stepX) sum += dy[at] * x.data[read]
          if (x.grad !== null)
            for (let at = first, read = row; at < end; at++, read += stepX) x.grad[read] += weight * dy[at]
        }
        if (w.grad !== null) w.grad[weightAt] += sum
      }
    },
  }
}
