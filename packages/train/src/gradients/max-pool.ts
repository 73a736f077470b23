import { elements, type MaxPoolNode } from '@octet/core'
import type { Bind } from './bind.ts'
import { slide, tapsOf, type Sliding } from './window.ts'

/** The largest element under each window. Padding never wins. The gradient goes to the first of equal elements. */
export const bindMaxPool: Bind<MaxPoolNode> = (node, [x], output, { capacity }) => {
  const s = slide(node.attributes, x.shape, output.shape)
  const [dilationY, dilationX] = s.dilations
  const rows = tapsOf(s, 0)
  const columns = tapsOf(s, 1)
  const size = elements(output.shape)
  const channels = output.shape[0]
  /** The index in x from which each output was read. */
  const winners = new Int32Array(capacity * size)
  const pairs = isPairs(node) && s.pads.every((size) => size === 0)
  return {
    forward(batch) {
      const X = x.data
      if (pairs) return poolPairs(X, output.data, winners, batch * channels, s)
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

function isPairs({ attributes: { kernel, strides, dilations } }: MaxPoolNode): boolean {
  return [...kernel, ...strides].every((size) => size === 2) && dilations.every((size) => size === 1)
}

/**
 * 2 x 2 windows without overlap. Comparison results are multiplied instead of branched on, because the largest of four
 * values cannot be predicted. A NaN among them wins, so that it reaches the loss.
 */
function poolPairs(x: Float32Array, y: Float32Array, winners: Int32Array, planes: number, s: Sliding): void {
  const { height, width, outHeight, outWidth } = s
  let at = 0
  for (let plane = 0; plane < planes; plane++)
    for (let oy = 0; oy < outHeight; oy++) {
      let top = (plane * height + 2 * oy) * width
      for (let ox = 0; ox < outWidth; ox++, at++, top += 2) {
        const bottom = top + width
        const right = Number(x[top + 1] > x[top])
        const rightBelow = Number(x[bottom + 1] > x[bottom])
        const upper = x[top + right]
        const lower = x[bottom + rightBelow]
        const winner = top + right + Number(lower > upper) * (width + rightBelow - right)
        winners[at] = winner
        const sum = x[top] + x[top + 1] + x[bottom] + x[bottom + 1]
        y[at] = Number.isNaN(sum) ? sum : x[winner]
      }
    }
}
