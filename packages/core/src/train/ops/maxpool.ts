import type { MaxPoolNode } from '../../model/graph.ts'
import { elements } from '../../tensor/tensor.ts'
import type { Bind } from '../operator.ts'
import { inside, slide } from '../window.ts'

/** The largest element under each window; padding never wins. The gradient goes to the first of equals. */
export const bindMaxPool: Bind<MaxPoolNode> = (node, [x], output, capacity) => {
  const s = slide(node.attributes, x.shape, output.shape)
  const [stepY, stepX] = s.strides
  const size = elements(output.shape)
  const channels = output.shape[0]
  /** Where in x each output was read from. */
  const winners = new Int32Array(capacity * size)
  return {
    forward(batch) {
      const X = x.data
      let at = 0
      for (let plane = 0; plane < batch * channels; plane++) {
        const base = plane * s.height * s.width
        for (let oy = 0; oy < s.outHeight; oy++) {
          const startY = oy * stepY - s.pads[0]
          const [firstY, endY] = inside(startY, s.dilations[0], s.height, s.kernel[0])
          for (let ox = 0; ox < s.outWidth; ox++, at++) {
            const startX = ox * stepX - s.pads[1]
            const [firstX, endX] = inside(startX, s.dilations[1], s.width, s.kernel[1])
            let best = -Infinity
            let winner =
              base + (firstY * s.dilations[0] + startY) * s.width + firstX * s.dilations[1] + startX
            for (let ky = firstY; ky < endY; ky++) {
              const row = base + (ky * s.dilations[0] + startY) * s.width + startX
              for (let kx = firstX; kx < endX; kx++) {
                const value = X[row + kx * s.dilations[1]]
                // NaN wins and stays, so that it reaches the loss.
                if (value > best || value !== value) {
                  best = value
                  winner = row + kx * s.dilations[1]
                }
              }
            }
            output.data[at] = best
            winners[at] = winner
          }
        }
      }
    },
    backward(batch) {
      const { grad: dx } = x
      const { grad: dy } = output
      if (dx === null || dy === null) return
      for (let i = 0; i < batch * size; i++) dx[winners[i]] += dy[i]
    },
  }
}
