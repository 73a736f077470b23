import type { MaxPoolNode } from '../../model/graph.ts'
import { elements } from '../../tensor/tensor.ts'
import type { Bind } from '../operator.ts'
import { slide, tapsOf } from '../window.ts'

/** The largest element under each window; padding never wins. The gradient goes to the first of equals. */
export const bindMaxPool: Bind<MaxPoolNode> = (node, [x], output, capacity) => {
  const s = slide(node.attributes, x.shape, output.shape)
  const [dilationY, dilationX] = s.dilations
  const rows = tapsOf(s, 0)
  const columns = tapsOf(s, 1)
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
          for (let ox = 0; ox < s.outWidth; ox++, at++) {
            const origin = base + rows.start[oy] * s.width + columns.start[ox]
            let best = -Infinity
            let winner = origin + rows.first[oy] * dilationY * s.width + columns.first[ox] * dilationX
            for (let ky = rows.first[oy]; ky < rows.end[oy]; ky++) {
              const row = origin + ky * dilationY * s.width
              for (let kx = columns.first[ox]; kx < columns.end[ox]; kx++) {
                const value = X[row + kx * dilationX]
                // NaN wins and stays, so that it reaches the loss.
                if (value > best || value !== value) {
                  best = value
                  winner = row + kx * dilationX
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
